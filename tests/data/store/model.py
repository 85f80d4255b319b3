"""The ledger as it should be, in memory, slow and plain; it shares no code with the real one."""

from dataclasses import dataclass, field

NO = "stock.insufficient"


@dataclass
class Piecework:
    """One line of a reservation."""

    item: tuple[str, str]
    held: int
    at_risk: int = 0
    fulfilled: int = 0
    released: int = 0

    @property
    def figures(self) -> tuple[int, int, int, int]:
        return self.held, self.at_risk, self.fulfilled, self.released


@dataclass
class Booking:
    lines: dict[int, Piecework]
    expires_at: object = None
    state: str = "active"


@dataclass
class Model:
    on_hand: dict = field(default_factory=dict)
    bookings: dict[int, Booking] = field(default_factory=dict)
    refused: list = field(default_factory=list)
    locked: set = field(default_factory=set)

    def reserved(self, item) -> int:
        return sum(line.held for line in self._lines(item))

    def free(self, item) -> int:
        return self.on_hand.get(item, 0) - self.reserved(item)

    def _lines(self, item):
        bookings = [b for _, b in sorted(self.bookings.items()) if b.state == "active"]
        return [line for b in bookings for _, line in sorted(b.lines.items()) if line.item == item]

    def _cover(self, item) -> None:
        for line in self._lines(item):
            back = min(self.free(item), line.at_risk)
            line.held, line.at_risk = line.held + back, line.at_risk - back

    def come(self, item, pieces) -> str:
        self.on_hand[item] = self.on_hand.get(item, 0) + pieces
        self._cover(item)
        return "ok"

    def go(self, item, pieces, *, asked=False) -> str:
        if self.free(item) < pieces:
            if asked:
                self.refused.append((*item, pieces))
            return NO
        self.on_hand[item] -= pieces
        return "ok"

    def issue(self, item, pieces) -> str:
        return "location.locked" if item[1] in self.locked else self.go(item, pieces, asked=True)

    def transfer(self, part, source, target, pieces) -> str:
        if {source, target} & self.locked:
            return "location.locked"
        answer = self.go((part, source), pieces)
        return self.come((part, target), pieces) if answer == "ok" else answer

    def correct(self, item, pieces) -> str:
        there = self.on_hand.get(item, 0)
        if there + pieces < 0:
            return NO
        self.on_hand[item] = there + pieces
        for line in reversed(self._lines(item)):
            lost = min(line.held, max(0, -self.free(item)))
            line.held, line.at_risk = line.held - lost, line.at_risk + lost
        self._cover(item)
        return "ok"

    def count(self, item, counted) -> str:
        return self.correct(item, counted - self.on_hand.get(item, 0))

    def reserve(self, wishes, expires_at, *, partly) -> str:
        if {item[1] for item, _ in wishes} & self.locked:
            return "location.locked"
        numbered = sorted(enumerate(wishes, 1), key=lambda each: (each[1][0], each[0]))
        taken, lines, lacking = {}, {}, []
        for number, (item, pieces) in numbered:
            if self.free(item) - taken.get(item, 0) >= pieces:
                taken[item] = taken.get(item, 0) + pieces
                lines[number] = Piecework(item, pieces)
            else:
                lacking.append((*item, pieces))
        self.refused += lacking
        if lacking and not (partly and lines):
            return NO
        self.bookings[len(self.bookings) + 1] = Booking(lines, expires_at)
        return "ok"

    def _open(self, number) -> str:
        if number not in self.bookings:
            return "ref.unknown"
        return "ok" if self.bookings[number].state == "active" else "reservation.state"

    def _release(self, booking) -> None:
        for line in booking.lines.values():
            line.released += line.held + line.at_risk
            line.held = line.at_risk = 0
        for item in {line.item for line in booking.lines.values()}:
            self._cover(item)

    def close(self, number, state, *, now=None) -> str:
        if (answer := self._open(number)) != "ok":
            return answer
        booking = self.bookings[number]
        if state == "expired" and (booking.expires_at is None or booking.expires_at > now):
            return "reservation.not_due"
        booking.state = state
        self._release(booking)
        return "ok"

    def fulfil(self, number, wanted, *, release_rest) -> str:
        if (answer := self._open(number)) != "ok":
            return answer
        booking = self.bookings[number]
        if {line.item[1] for line in booking.lines.values()} & self.locked:
            return "location.locked"
        wanted = wanted or {n: line.held for n, line in booking.lines.items() if line.held}
        if (answer := self._refusal(booking, wanted)) != "ok":
            return answer
        for n, pieces in wanted.items():
            line = booking.lines[n]
            line.held, line.fulfilled = line.held - pieces, line.fulfilled + pieces
            self.on_hand[line.item] -= pieces
        if release_rest or all(line.held + line.at_risk == 0 for line in booking.lines.values()):
            booking.state = "fulfilled"
            self._release(booking)
        return "ok"

    def _refusal(self, booking, wanted) -> str:
        for n, pieces in wanted.items():
            if n not in booking.lines:
                return "ref.unknown"
            line = booking.lines[n]
            if pieces > line.held:
                too_many = pieces > line.held + line.at_risk
                return "quantity.exceeds" if too_many else "reservation.at_risk"
        return "ok" if wanted else "reservation.at_risk"
