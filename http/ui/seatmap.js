// The map of a performance's seats: buttons that follow the sale.

import { byId } from "./page.js";

const mostSeats = 8;

// A browser shows this many buttons quickly; a stadium has more seats.
const mostButtons = 2000;

export class SeatMap {
  constructor(onChoice) {
    this.onChoice = onChoice;
    this.chosen = new Set();
    this.buttons = new Map();
  }

  // snapshot shows all seats anew and keeps what was chosen and is still free.
  snapshot(seats) {
    const before = this.chosen;
    this.chosen = new Set();
    this.buttons.clear();
    byId("seat-map").replaceChildren(...seats.slice(0, mostButtons).map((seat) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = seat.number;
      button.addEventListener("click", () => this.toggle(seat.number));
      this.buttons.set(seat.number, button);
      if (before.has(seat.number) && seat.state === "available") this.chosen.add(seat.number);
      this.paint(seat.number, seat.state);
      return button;
    }));
    this.onChoice(this.numbers());
  }

  // change shows that seats have become something else.
  change(seats) {
    for (const seat of seats) {
      if (seat.state !== "available") this.chosen.delete(seat.number);
      this.paint(seat.number, seat.state);
    }
    this.onChoice(this.numbers());
  }

  toggle(number) {
    if (this.chosen.has(number)) {
      this.chosen.delete(number);
    } else if (this.chosen.size < mostSeats) {
      this.chosen.add(number);
    }
    this.paint(number, "available");
    this.onChoice(this.numbers());
  }

  paint(number, state) {
    const button = this.buttons.get(number);
    if (!button) return;
    const chosen = this.chosen.has(number);
    button.className = chosen ? "chosen" : state;
    button.disabled = state !== "available";
    button.setAttribute("aria-pressed", String(chosen));
    button.setAttribute("aria-label", `Seat ${number}, ${chosen ? "chosen" : state}`);
  }

  numbers() {
    return [...this.chosen].sort((a, b) => a - b);
  }
}
