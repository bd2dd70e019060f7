/** Runs in the report's page: filters, searches and sorts the groups of rows that the server made. Changes nothing else. */

const table = document.querySelector("table.fleet");
const groups = [...document.querySelectorAll<HTMLElement>("table.fleet tbody")];
const tiles = [...document.querySelectorAll<HTMLButtonElement>("button[data-flag]")];
const search = document.querySelector<HTMLInputElement>("input[name=search]")!;
const status = document.querySelector<HTMLSelectElement>("select[name=status]");
const count = document.querySelector("output")!;
const nothing = document.querySelector<HTMLElement>(".nothing")!;

const texts = new Map(groups.map((group) => [group, normalize(`${group.textContent} ${group.dataset["search"]}`)]));
const swedish = new Intl.Collator("sv", { numeric: true });
let flag = "";

/** "Malmö  SYMFONI" → "malmö symfoni", and without its marks: a search without dots finds it too. */
function normalize(text: string): string {
  const plain = text.normalize("NFC").toLocaleLowerCase("sv").replace(/\s+/g, " ");
  return `${plain} ${plain.normalize("NFD").replace(/\p{Mark}/gu, "")}`;
}

function filter(): void {
  const words = search.value.normalize("NFC").toLocaleLowerCase("sv").split(/\s+/);
  let shown = 0;
  for (const group of groups) {
    const fits =
      (flag === "" || group.dataset["flags"]!.split(" ").includes(flag)) &&
      (!status?.value || group.dataset["status"] === status.value) &&
      words.every((word) => texts.get(group)!.includes(word));
    group.hidden = !fits;
    if (fits) shown++;
  }
  count.textContent = `${shown} of ${groups.length}`;
  nothing.hidden = shown > 0 || groups.length === 0;
  for (const tile of tiles) tile.setAttribute("aria-pressed", String(tile.dataset["flag"] === flag));
}

function sort(button: HTMLButtonElement): void {
  const header = button.closest("th")!;
  const descending = header.ariaSort === "ascending";
  for (const other of table!.querySelectorAll("th[aria-sort]")) other.ariaSort = "none";
  header.ariaSort = descending ? "descending" : "ascending";
  const column = Number(button.dataset["column"]);
  const valueOf = (group: HTMLElement) => (group.querySelector("tr")!.children[column] as HTMLElement).dataset["sort"]!;
  const compare = (a: string, b: string) =>
    button.dataset["type"] === "number" ? Number(a) - Number(b) : swedish.compare(a, b);
  const sorted = groups
    .map((group) => ({ group, value: valueOf(group) }))
    // Unknown values come last in both directions.
    .sort((a, b) => {
      if (a.value === "" || b.value === "") return Number(a.value === "") - Number(b.value === "");
      return descending ? compare(b.value, a.value) : compare(a.value, b.value);
    });
  table!.append(...sorted.map(({ group }) => group));
}

for (const tile of tiles)
  tile.addEventListener("click", () => {
    flag = tile.dataset["flag"] === flag ? "" : tile.dataset["flag"]!;
    filter();
  });
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-column]"))
  button.addEventListener("click", () => sort(button));
document.querySelector("button[data-clear]")!.addEventListener("click", () => {
  flag = search.value = "";
  if (status) status.value = "";
  filter();
  search.focus();
});
search.addEventListener("input", filter);
status?.addEventListener("change", filter);
document.documentElement.classList.add("scripted");
// A browser that comes back to the page fills in the previous search.
filter();
