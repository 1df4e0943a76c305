// Requests to the server: errors as Problem, commands with a key, and
// Server-Sent Events over fetch, because EventSource can't send a token.

export class Problem extends Error {
  constructor(problem) {
    super(problem.detail);
    this.code = problem.code;
    this.seats = problem.seats ?? [];
  }
}

const listeners = [];

// onRequest registers a listener that gets (method, path, status, code).
export function onRequest(listener) {
  listeners.push(listener);
}

function tell(...request) {
  listeners.forEach((listener) => listener(...request));
}

// call makes a request and returns the body of its answer. Options: token,
// body, key (an idempotency key) and position (what the answer must have seen).
export async function call(method, path, options = {}) {
  const answer = await send(method, path, options);
  if (answer.status === 204) return { position: null, data: null };
  const data = await answer.json();
  return { position: answer.headers.get("Event-Position"), data };
}

async function send(method, path, { token, body, key, position, accept, signal } = {}) {
  const headers = { Accept: accept ?? "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (position) headers["Min-Event-Position"] = position;
  const answer = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body) });
  if (answer.ok) {
    tell(method, path, answer.status, "");
    return answer;
  }
  const problem = await answer.json();
  tell(method, path, answer.status, problem.code);
  throw new Problem(problem);
}

// command repeats a command under one key until its outcome is known.
export async function command(method, path, { token, body }) {
  const key = crypto.randomUUID();
  const unsettled = ["timeout", "store_unavailable", "conflict", "request_in_flight"];
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(method, path, { token, body, key });
    } catch (error) {
      const unknown = !(error instanceof Problem) || unsettled.includes(error.code);
      if (!unknown || attempt === 4) throw error;
      await pause(500 * attempt);
    }
  }
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// follow reads a stream and calls handle(event, data) for each of its events
// until the stream or the signal ends.
export async function follow(path, token, signal, handle) {
  const answer = await send("GET", path, { token, signal, accept: "text/event-stream" });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      }));
      if (fields.data) handle(fields.event, JSON.parse(fields.data));
    }
  }
}
