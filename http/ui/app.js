// The way to a seat, one step after the other.

import { call, command, follow, onRequest, pause, Problem } from "./api.js";
import { byId, choices, day, logRequest, moment, money, notice, say, seatsOf, show } from "./page.js";
import { closed, forget, recall, remember, turn, wait } from "./queue.js";
import { SeatMap } from "./seatmap.js";

const state = {
  user: null, // {userId, accessToken}
  concert: null,
  place: null, // the latest queue state
  visit: null, // names the wait or turn that is going on
  date: null,
  reservation: null,
  balance: 0,
  currency: "EUR",
  watching: null, // ends the seat stream
};

const map = new SeatMap((numbers) => {
  byId("seats-hold").disabled = numbers.length === 0;
  say("seats-hold", numbers.length === 0 ? "Hold" : `Hold ${numbers.join(", ")}`);
});

// attempt runs a step and shows what went wrong with it.
function attempt(step) {
  return async (...args) => {
    notice();
    try {
      await step(...args);
    } catch (error) {
      if (error.name === "AbortError") return;
      notice(error instanceof Problem ? error.message : "The server can't be reached. Try again.");
    }
  };
}

const makeUser = attempt(async () => {
  try {
    const { data } = await call("POST", "/v1/users");
    await become(data);
  } catch (error) {
    if (error.code !== "not_found") throw error;
    show("user-make", false);
    show("user-token");
  }
});

const useToken = attempt(async () => {
  const accessToken = byId("user-token-text").value.trim();
  await call("GET", "/v1/reservations", { token: accessToken });
  await become({ userId: null, accessToken });
});

async function become(user) {
  state.user = user;
  say("user-state", user.userId ? `You are user ${user.userId}.` : "You are signed in.");
  show("user-make", false);
  show("user-token", false);
  await listConcerts();
}

async function listConcerts() {
  const { data } = await call("GET", "/v1/concerts");
  choices("concert-list", data.concerts.map((concert) => ({
    title: concert.title, below: concert.venue, value: concert,
  })), join);
  show("concerts-none", data.concerts.length === 0);
  show("concerts");
}

const join = attempt(async (concert) => {
  const path = `/v1/concerts/${concert.concertId}/queue-tokens`;
  await queue(concert, async () => (await call("POST", path, { token: state.user.accessToken })).data);
});

// queue waits with the place that get() returns until the turn has come, or
// until it is known that it will not.
async function queue(concert, get) {
  state.concert = concert;
  state.currency = concert.currency;
  const visit = {};
  state.visit = visit;
  const stays = () => state.visit === visit;
  const keep = (place) => {
    state.place = place;
    remember({ user: state.user, concert, place });
  };
  let place;
  try {
    place = await get();
    state.user.userId ??= place.userId;
    keep(place);
    show("concerts", false);
    show("queue");
    place = await wait(place, concert, stays, keep);
  } catch (error) {
    if (error.code !== "queue_closed") throw error;
    state.place = null;
    forget();
    show("concerts", false);
    show("queue");
    closed(error.message);
    return;
  }
  if (place?.state === "admitted") await admit(stays);
  else if (place) await startOver("The turn has passed. Join again for another number.");
}

async function admit(stays) {
  turn(state.place, stays);
  const { data } = await call("GET", `/v1/concerts/${state.concert.concertId}/dates`, { token: state.place.token });
  choices("date-list", data.dates.map((date) => ({
    title: day(date.date), value: date,
    below: `begins ${moment(date.startsAt)}; ${date.seatsAvailable} of ${date.seatsTotal} seats free`,
  })), watch);
  show("dates-none", data.dates.length === 0);
  show("dates");
}

// resume goes on where a reload of the page has interrupted a wait or a turn.
const resume = attempt(async ({ user, concert, place }) => {
  state.user = user;
  say("user-state", user.userId ? `You are user ${user.userId}.` : "You are signed in.");
  show("user-make", false);
  try {
    await queue(concert, async () => (await call("GET", "/v1/queue", { token: place.token })).data);
  } catch (error) {
    if (error.code !== "unauthenticated" && error.code !== "not_admitted") throw error;
    await startOver("The turn is over. Join again for another number.");
  }
});

// watch follows the seats of a date, and begins again where a stream ends.
const watch = attempt(async (date) => {
  state.watching?.abort();
  const watching = new AbortController();
  state.watching = watching;
  state.date = date;
  show("seats");
  while (!watching.signal.aborted) {
    try {
      await follow(`/v1/performances/${date.performanceId}/seats/stream`, state.place.token, watching.signal, (event, data) => {
        if (event === "snapshot") map.snapshot(data.seats);
        if (event === "change") map.change(data.seats);
      });
    } catch (error) {
      // A connection that broke is made again; what the server says counts.
      if (error instanceof Problem || error.name === "AbortError") throw error;
    }
    await pause(1000);
  }
});

const hold = attempt(async () => {
  const { data, position } = await command("POST", "/v1/reservations", {
    token: state.place.token,
    body: { performanceId: state.date.performanceId, seats: map.numbers() },
  });
  state.reservation = data;
  map.change(data.seats.map((number) => ({ number, state: "held" })));
  show("dates", false);
  show("seats", false);
  show("hold");
  await showWallet(position);
  countDown(data);
});

function wallet() {
  return `/v1/users/${state.user.userId}/wallet`;
}

async function showWallet(position) {
  const { data } = await call("GET", wallet(), { token: state.user.accessToken, position });
  showBalance(data.balance);
}

function showBalance(balance) {
  state.balance = balance;
  const missing = state.reservation.price - balance;
  say("wallet-state", `Your wallet holds ${money(balance, state.currency)}.`);
  say("wallet-charge", `Charge ${money(Math.max(missing, 0), state.currency)}`);
  show("wallet-charge", missing > 0);
  byId("hold-pay").disabled = missing > 0;
}

async function countDown(reservation) {
  while (state.reservation === reservation) {
    const left = Math.ceil((new Date(reservation.expiresAt) - Date.now()) / 1000);
    if (left <= 0) {
      chooseAgain("The hold is over, and anybody may hold the seats again: choose once more.");
      return;
    }
    say("hold-state", `${seatsOf(reservation.seats)}: yours for ${left} s, for ${money(reservation.price, state.currency)}.`);
    await pause(1000);
  }
}

// chooseAgain goes back to the seats, without a reservation.
function chooseAgain(text) {
  state.reservation = null;
  show("hold", false);
  show("dates");
  show("seats");
  if (text) notice(text);
}

// orChooseAgain runs a step that a hold may have ended before.
async function orChooseAgain(step) {
  try {
    return await step();
  } catch (error) {
    if (error.code === "hold_expired") chooseAgain();
    throw error;
  }
}

const charge = attempt(async () => {
  const { data } = await command("POST", `${wallet()}/charges`, {
    token: state.user.accessToken,
    body: { amount: state.reservation.price - state.balance },
  });
  showBalance(data.balance);
});

const pay = attempt(async () => {
  const { data } = await orChooseAgain(() => command("POST", "/v1/payments", {
    token: state.place.token,
    body: { reservationId: state.reservation.reservationId },
  }));
  state.reservation = null;
  state.watching?.abort();
  say("ticket-state", `${seatsOf(data.seats)} for ${state.concert.title}, ${moment(state.date.startsAt)}. ` +
    `You paid ${money(data.amount, state.currency)}; payment ${data.paymentId}.`);
  state.visit = null;
  forget();
  document.title = "Holdfast";
  ["queue", "dates", "seats", "hold"].forEach((id) => show(id, false));
  show("ticket");
});

const cancel = attempt(async () => {
  const path = `/v1/reservations/${state.reservation.reservationId}`;
  await orChooseAgain(() => command("DELETE", path, { token: state.user.accessToken }));
  chooseAgain();
});

const leave = attempt(async () => {
  const place = state.place;
  await startOver();
  if (place) await call("DELETE", "/v1/queue", { token: place.token });
});

async function startOver(text) {
  state.watching?.abort();
  state.visit = null;
  state.place = null;
  state.reservation = null;
  forget();
  document.title = "Holdfast";
  ["queue", "dates", "seats", "hold", "ticket"].forEach((id) => show(id, false));
  await listConcerts();
  if (text) notice(text);
}

onRequest(logRequest);
byId("user-make").addEventListener("click", makeUser);
byId("user-token").addEventListener("submit", (event) => {
  event.preventDefault();
  useToken();
});
byId("queue-leave").addEventListener("click", leave);
byId("seats-hold").addEventListener("click", hold);
byId("wallet-charge").addEventListener("click", charge);
byId("hold-pay").addEventListener("click", pay);
byId("hold-cancel").addEventListener("click", cancel);
byId("again").addEventListener("click", attempt(() => startOver()));

const visit = recall();
if (visit) resume(visit);
