/** A running line on a terminal; anywhere else a line at each tenth of the way and each orchestra that is waited for. */
export interface Progress {
  waiting: (id: string, what: string) => void;
  done: (id: string) => void;
  /** Takes the running line away. */
  end: () => void;
}

export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export function showProgress(total: number, screen: Screen): Progress {
  const waits = new Map<string, string>();
  let count = 0;
  const draw = () => {
    const list = [...waits].map(([id, what]) => `${id} (${what})`).join(", ");
    const line = `${count}/${total}${list && `  waiting for DNS: ${list}`}`;
    screen.write(`\r\u001b[K${line.slice(0, (screen.columns ?? 80) - 1)}`);
  };
  return {
    waiting(id, what) {
      const isNews = !waits.has(id);
      waits.set(id, what);
      if (screen.isTTY) draw();
      else if (isNews) screen.write(`${id}: ${what}, waiting for DNS\n`);
    },
    done(id) {
      count++;
      waits.delete(id);
      if (screen.isTTY) draw();
      else if (Math.floor((count * 10) / total) > Math.floor(((count - 1) * 10) / total))
        screen.write(`${count}/${total}\n`);
    },
    end() {
      if (screen.isTTY) screen.write("\r\u001b[K");
    },
  };
}
