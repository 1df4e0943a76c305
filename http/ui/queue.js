// The wait: asks as often as it is told to, shows how the place stands, and
// keeps it through a reload of the page.

import { call, pause, Problem } from "./api.js";
import { byId, duration, moment, say, show } from "./page.js";

const kept = "holdfast.visit";

// remember keeps a visit, {user, concert, place}, for this tab alone.
export function remember(visit) {
  sessionStorage.setItem(kept, JSON.stringify(visit));
}

export function recall() {
  return JSON.parse(sessionStorage.getItem(kept) ?? "null");
}

export function forget() {
  sessionStorage.removeItem(kept);
}

// passing are faults after which the place is still there.
const passing = ["queue_unavailable", "store_unavailable", "timeout", "rate_limited", "internal"];

// look asks how a place stands. While nobody can say, it says so and returns
// the place as it was.
async function look(place) {
  try {
    const { data } = await call("GET", "/v1/queue", { token: place.token });
    show("queue-trouble", false);
    return data;
  } catch (error) {
    if (error instanceof Problem && !passing.includes(error.code)) throw error;
    show("queue-trouble");
    return place;
  }
}

// wait returns the place once it waits no more, or null if stays() says that
// the visitor has left. Each answer is handed to keep.
export async function wait(place, concert, stays, keep) {
  const most = Math.max(place.position, 1);
  headline("3. Queue", "");
  show("queue-ahead");
  show("queue-progress");
  say("queue-leave", "Leave the queue");
  while (place.state === "waiting") {
    showPlace(place, concert, most);
    await pause(1000 * Math.max(1, place.pollAfterSeconds));
    if (!stays()) return null;
    place = await look(place);
    if (!stays()) return null;
    keep(place);
  }
  return place;
}

function showPlace({ number, position, estimatedWaitSeconds }, concert, most) {
  say("queue-position", position.toLocaleString());
  say("queue-people", position === 1 ? "person ahead of you" : "people ahead of you");
  say("queue-state", `You have number ${number.toLocaleString()} for ${concert.title}. ` +
    `About ${duration(estimatedWaitSeconds)} to go. The page asks by itself: leave it open, and you keep your place.`);
  byId("queue-progress").max = most;
  byId("queue-progress").value = most - Math.min(position, most);
  document.title = `${position.toLocaleString()} ahead – Holdfast`;
}

// turn shows that it is the visitor's turn, and how long it lasts.
export async function turn(place, stays) {
  headline("3. It is your turn", "turn");
  show("queue-ahead", false);
  show("queue-progress", false);
  show("queue-trouble", false);
  say("queue-leave", "Give up your turn");
  document.title = "Your turn! – Holdfast";
  byId("queue-title").focus();
  while (stays()) {
    const left = Math.ceil((new Date(place.expiresAt) - Date.now()) / 1000);
    if (left <= 0) break;
    say("queue-state", `You can choose and pay until ${moment(place.expiresAt)}: ${duration(left)} left.`);
    await pause(1000);
  }
}

// closed shows that nobody's turn will come, and why.
export function closed(why) {
  headline("This queue has closed", "closed");
  show("queue-ahead", false);
  show("queue-progress", false);
  show("queue-trouble", false);
  say("queue-state", why);
  say("queue-leave", "Back to the concerts");
  document.title = "Queue closed – Holdfast";
  byId("queue-title").focus();
}

function headline(text, look) {
  say("queue-title", text);
  byId("queue").className = look;
}
