// What the page shows. Texts go in as text, never as HTML.

export const byId = (id) => document.getElementById(id);

export function show(id, visible = true) {
  byId(id).hidden = !visible;
}

export function say(id, text) {
  byId(id).textContent = text;
}

// notice shows what went wrong, or nothing.
export function notice(text) {
  say("notice", text ?? "");
  show("notice", Boolean(text));
}

// choices fills a list with buttons, each with a title and a line below it.
export function choices(id, items, choose) {
  byId(id).replaceChildren(...items.map(({ title, below, value }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    const small = document.createElement("small");
    small.textContent = below;
    button.append(small);
    button.addEventListener("click", () => choose(value));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}

// money writes an amount in minor units as people read it.
export function money(amount, currency) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export function duration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.ceil(seconds / 60)} min`;
}

// moment writes a time in the visitor's zone, and names the zone: a concert may
// be in another one.
export function moment(text) {
  return new Date(text).toLocaleString(undefined, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
}

// day writes a calendar date, which is the venue's.
export function day(date) {
  return new Date(date).toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" });
}

export function seatsOf(numbers) {
  return `${numbers.length === 1 ? "Seat" : "Seats"} ${numbers.join(", ")}`;
}

const longestLog = 200;

// logRequest adds a line to the list of requests.
export function logRequest(method, path, status, code) {
  const line = document.createElement("li");
  line.textContent = `${status} ${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => `…${id.slice(-4)}`)} ${code}`;
  line.className = status >= 400 ? "bad" : "";
  byId("log").prepend(line);
  while (byId("log").childElementCount > longestLog) byId("log").lastChild.remove();
}
