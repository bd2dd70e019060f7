import type { Socket } from "node:net";

/**
 * Plays the fault "drop after": lets the session begin, and cuts both connections when the server answers the client's first request. That
 * request is carried out and its answer is lost.
 */
export function dropAfterFirstAnswer(server: Socket, client: Socket): void {
  let waiting = Buffer.alloc(0);
  let ready = false;
  server.on("data", (chunk: Buffer) => {
    if (ready) return void server.destroy();
    client.write(chunk);
    waiting = Buffer.concat([waiting, chunk]);
    // Messages are one letter and a length that counts itself. "Z" says that the server is ready for requests.
    while (waiting.length >= 5 && waiting.length >= 1 + waiting.readInt32BE(1)) {
      if (waiting[0] === "Z".charCodeAt(0)) ready = true;
      waiting = waiting.subarray(1 + waiting.readInt32BE(1));
    }
  });
}
