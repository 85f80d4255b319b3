"""The stages of a night, in their order, each from files and tables to files and tables."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from data.intake.accepted import coded
from data.intake.checked import Checked
from data.store import night_inputs, plans, proposals, runs
from data.store.night_inputs import taken_in_at
from inventory.ledger import Request
from optimizer.plan import Outcome, StockingPlan
from planning import actions, outputs, tables
from planning.exits import Exit
from planning.loading import load
from planning.night import (
    calm,
    deliveries,
    exceptions,
    inputs,
    keeping,
    overrides,
    raising,
    standing,
)
from planning.night.attainment import attainment
from planning.night.checking import checked
from planning.night.company import Company, through_the_door
from planning.night.folder import hash_of, write_json
from planning.night.run import Left, Night, NightFailed
from planning.night.solver import SolverFailed, solve_apart
from planning.plan import EXIT_OF, explained, planned_question
from planning.pose import Question
from planning.prepare import Prepared
from planning.stages import Stages

CHECKED = "checked"  # folder of tables that need not be checked again
NAMES = (
    "take in", "validate", "freeze", "forecast", "optimise", "verify", "write", "publish", "report",
)  # fmt: skip


class Work:
    """The stages' common knowledge: what one read, the next need not read again."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self._intake: Any = None
        self._company: Company | None = None
        self._ready: Prepared | None = None
        self._question: Question | None = None
        self._plan: StockingPlan | None = None

    def all(self) -> dict[str, Any]:
        """Every stage; returns the night's summary."""
        night = self.night
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(load)  # compiled kernels, while tables come in
            night.stage("take in", night.row["input_hash"], self.take_in, pure=False)
            as_of = str(night.as_of)
            night.stage("validate", hash_of(night.output("take in"), as_of), self.validate)
            ahead.result()
        night.stage(
            "freeze", hash_of(night.output("take in"), night.output("validate")), self.freeze
        )
        night.stage("forecast", self._history_hash, self.forecast)
        night.stage("optimise", self._asked_hash, self.optimise)
        both = hash_of(night.output("freeze"), night.output("optimise"))
        night.stage("verify", both, self.verify)
        night.stage("write", night.output("verify"), self.write, pure=False)
        night.stage("publish", night.output("write"), self.publish, pure=False)
        night.stage("report", night.output("publish"), self.report, pure=False)
        return read_json(night.folder.of("report") / "night.json")

    def _history_hash(self) -> str:
        """Hash of all that forecasts rest on."""
        return self.company.history_hash()

    def _asked_hash(self) -> str:
        """Hash of all that the levels rest on."""
        return hash_of(self.question.items, self.question.targets, self.night.settings.gap)

    @property
    def company(self) -> Company:
        """The company in the frozen folder."""
        if self._company is None:
            night = self.night
            if self._intake is None:
                self._intake = through_the_door(
                    night.folder.of("freeze"), night.as_of, night.settings
                )
            self._company = Company(self._intake, night.settings)
        return self._company

    @property
    def ready(self) -> Prepared:
        """The company with its forecasts."""
        if self._ready is None:
            expected = keeping.read_expectation(self.night.folder.of("forecast"))
            self._ready = self.company.prepared(expected)
        return self._ready

    @property
    def question(self) -> Question:
        """What the optimizer is asked."""
        if self._question is None:
            self._question = planned_question(self.ready)
        return self._question

    @property
    def plan(self) -> StockingPlan:
        """What it answered."""
        if self._plan is None:
            folder = self.night.folder.of("optimise")
            self._plan = keeping.read_plan(folder, self.question.targets)
        return self._plan

    def take_in(self, out: Path) -> Left:
        """The tables the run is frozen at, with what the ledger saw since they came."""
        night = self.night
        delivered = deliveries.tables(night.store, night.batches, night.nights)
        in_force = self._levels_in_force(delivered["current_policies"])
        ledger = night_inputs.ledger(night.store)
        merged = inputs.merged(delivered, ledger, in_force, night.as_of)
        ledger["at_risk"].write_parquet(out / "at_risk.ledger")
        arrived = inputs.arrived(delivered["stock"], ledger["received"], delivered["locations"])
        arrived.write_parquet(out / "arrived.ledger")
        ledger["left"].write_parquet(out / "left.ledger")
        night_inputs.served(night.store).write_parquet(out / "served.ledger")
        rows = inputs.write(out, merged, night.settings)
        more = merged["demand"].height - delivered["demand"].height
        return Left(
            rows,
            f"{max(more, 0):,} requests and {ledger['balances'].height:,} shelves from the ledger",
        )

    def validate(self, out: Path) -> Left:
        """The door once more, on exactly what will be planned."""
        night = self.night
        checked = Checked(night.nights / CHECKED, night.row["code_version"])
        intake = through_the_door(night.folder.of("take in"), night.as_of, night.settings, checked)
        if intake.refused_files:
            said = "; ".join(f"{one.code}: {one.message}" for one in intake.refused_files)
            raise NightFailed(f"The tables cannot be used: {said}", Exit.INPUT_REFUSED)
        intake.rejected.write_parquet(out / "rejected.parquet")
        intake.warnings.write_parquet(out / "warnings.parquet")
        self._intake = intake
        rows = sum(coded(intake.tables, name).height for name in intake.tables)
        return Left(
            rows, f"{intake.rejected.height:,} rejected, {intake.warnings.height:,} warnings"
        )

    def freeze(self, out: Path) -> Left:
        """An input folder nobody changes any more: `sparewise plan` makes the same plan of it."""
        source = self.night.folder.of("take in")
        files = [one for one in sorted(source.iterdir()) if one.suffix in (".parquet", ".toml")]
        for file in files:
            shutil.copyfile(file, out / file.name)
            (out / file.name).chmod(0o444)
        return Left(len(files), "files")

    def forecast(self, out: Path) -> Left:
        """What will be asked for."""
        expected = self.company.expect()
        keeping.keep_expectation(out, expected)
        self._ready = self.company.prepared(expected)
        return Left(len(expected.demand), "items")

    def optimise(self, out: Path) -> Left:
        """The levels, in a process of its own."""
        night, question = self.night, self.question
        seconds = min(night.settings.solve_minutes * 60, max(night.seconds_left, 1.0))
        try:
            plan = solve_apart(question, gap=night.settings.gap, seconds=seconds)
        except SolverFailed as failed:
            night.check_window()
            raise NightFailed(str(failed), Exit.NOT_PROVEN) from failed
        keeping.keep_plan(out, plan, question.targets)
        gap = "" if plan.gap is None else f", gap {plan.gap:.4%}"
        return Left(len(question.rows), f"{plan.outcome}{gap}")

    def verify(self, out: Path) -> Left:
        """The plan's tables, and a second opinion on them that shares no formula."""
        answer = explained(self.ready, self.question, self.plan, Stages())
        run = {"as_of": str(self.night.as_of)}
        outputs.write(out, replace(answer, summary={**answer.summary, "run": run}))
        settings = self.night.settings
        found = checked(
            self.question, self.plan, answer.tables["policies"],
            sample=settings.verify_sample, seed=settings.seed,
        )  # fmt: skip
        if found:
            said = "; ".join(str(one) for one in found[:5])
            raise NightFailed(f"The second opinion disagrees: {said}", Exit.VERIFICATION_FAILED)
        sample = min(settings.verify_sample, len(self.question.rows))
        return Left(
            answer.tables["policies"].height, f"{sample} items and every target counted out"
        )

    def write(self, out: Path) -> Left:
        """Lines, proposals to raise and exceptions under the run's number; not yet in force."""
        night, folder = self.night, self.night.folder.of("verify")
        policies = pl.read_parquet(folder / "policies.parquet")
        lines = plans.write_plan(night.store, night.lease, night.run_id, policies)
        decisions = proposals.past_decisions(night.store)
        changes = calm.compare(
            policies.select("part_id", "location_id"), self.question, self.plan,
            self.ready.intake.tables["current_policies"],
        )  # fmt: skip
        standing_now = standing.standing_levels(decisions, self._delivered_at(), night.as_of)
        overridden = standing_now.filter(pl.col("verdict") == "overridden")
        told = calm.raised(
            changes, self.question, self.plan, decisions, overridden, night.settings, night.as_of
        )
        chosen = told["raised"].to_numpy()
        stock = self._stock_proposals(calm.if_approved(changes, chosen), policies, decisions)
        asked = standing.not_rejected(
            stock, decisions, night.as_of, calm_days=night.settings.calm_days
        )
        raised = raising.together(
            raising.of_levels(told, policies["reason"]), raising.of_stock(asked)
        )
        raised.write_parquet(out / "raised.parquet")
        proposals.stage(night.store, night.lease, night.run_id, self._merged(raised).raised)
        level, quantity = calm.if_approved(changes, chosen)
        policies.select(
            "part_id", "location_id",
            reorder_point=pl.Series(level), order_quantity=pl.Series(quantity),
            planned_reorder_point="reorder_point", planned_order_quantity="order_quantity",
            held=told["held"],
        ).write_parquet(out / "if_approved.parquet")  # fmt: skip
        promises = calm.promises_if_approved(changes, self.question, chosen)
        outcomes = overrides.outcomes(policies, overridden, self.question)
        plans.write_override_outcomes(night.store, night.lease, night.run_id, outcomes)
        found = exceptions.find(
            self.ready, self.question, self.plan, policies, stock, promises,
            pl.read_parquet(night.folder.of("take in") / "at_risk.ledger"), night.clock(),
        )  # fmt: skip
        plans.write_exceptions(night.store, night.lease, night.run_id, found)
        write_json(
            out / "proposing.json",
            {
                "raised": dict(raised.group_by("kind").len().sort("kind").iter_rows()),
                "held_back": calm.reasons_of_holding(told),
                "mending": int(told["mends"].sum()),
                "mending_at_least": sum(told["mends_at_least"].head(1)),
                "if_approved": calm.words_of(promises),
                "overrides": outcomes.to_dicts(),
                "exceptions": exceptions.counted(found).to_dicts(),
            },
        )
        outcome = str(self.plan.outcome)
        plan_hash = hash_of(policies)
        runs.note_run(night.store, night.lease, night.run_id, outcome=outcome, plan_hash=plan_hash)
        return Left(lines, f"{raised.height:,} proposals, {found.height:,} exceptions")

    def publish(self, out: Path) -> Left:
        """The pointer moves, and the open proposals become tonight's: all at once or not at all."""
        night = self.night
        raised = pl.read_parquet(night.folder.of("write") / "raised.parquet")
        request = Request(night.actor, f"publish {night.run_id}", night.clock())
        merged = self._merged(raised)
        counts = proposals.publish(night.store, night.lease, night.run_id, merged, request)
        write_json(out / "published.json", counts)
        return Left(counts["open"], f"open proposals, {counts['raised']:,} of them new")

    def report(self, out: Path) -> Left:
        """The summary of the night, and what service customers really got."""
        night = self.night
        plan_summary = read_json(night.folder.of("verify") / "summary.json")
        proposing = read_json(night.folder.of("write") / "proposing.json")
        served = pl.read_parquet(night.folder.of("take in") / "served.ledger")
        got = attainment(self.ready, self.question, served)
        got.write_parquet(out / "attainment.parquet")
        names = ("items", "outcome", "approvable", "currency", "cost_per_year",
                 "lower_bound_per_year", "gap", "stock_value", "changes", "targets")  # fmt: skip
        row = runs.run(night.store, night.run_id)
        summary = {
            "run_id": night.run_id,
            "as_of": str(night.as_of),
            "plan_hash": row["plan_hash"],
            **{name: plan_summary[name] for name in names},
            "rejected_rows": plan_summary["rejected_rows"],
            "warnings": len(plan_summary["warnings"]),
            "proposals": {
                **read_json(night.folder.of("publish") / "published.json"), **proposing,
            },
            "attainment": got.to_dicts(),
        }  # fmt: skip
        write_json(out / "night.json", summary)
        text = outputs.to_json(summary)
        runs.note_run(night.store, night.lease, night.run_id, summary=text)
        return Left(got.height, "promises against what was handed over")

    def _merged(self, raised: pl.DataFrame) -> proposals.Merge:
        """What becomes of the proposals that are open now, prepared ones among them."""
        open_now = proposals.open_proposals(self.night.store, prepared=True)
        return raising.merge(raised, open_now, self.night.run_id)

    def _levels_in_force(self, delivered: pl.DataFrame) -> pl.DataFrame:
        decisions = proposals.past_decisions(self.night.store)
        return standing.levels_in_force(
            delivered, decisions, self._delivered_at(), self.night.as_of
        )

    def _delivered_at(self, table: str = "current_policies") -> Any:
        batch = self.night.batches.get(table, "")
        return taken_in_at(self.night.store, batch)

    def _stock_proposals(
        self, levels: tuple[Any, Any], policies: pl.DataFrame, decisions: pl.DataFrame
    ) -> pl.DataFrame:
        """What to order, move and return at the levels in force if all proposals are approved."""
        previous = policies["previous_reorder_point"]
        replenished = policies["replenished_per_day"].to_numpy()
        shelf = tables.shelf(self.ready, self.question, *levels, previous, replenished)
        folder, settings = self.night.folder.of("take in"), self.night.settings
        parents = self.ready.world.locations.select("location_id", "parent_id")
        shelf = standing.with_orders_under_way(
            shelf, decisions, self._delivered_at("stock"), parents,
            arrived=pl.read_parquet(folder / "arrived.ledger"),
            left=pl.read_parquet(folder / "left.ledger"),
        )  # fmt: skip
        rejected = standing.rejected_lately(
            decisions, self.night.as_of, calm_days=settings.calm_days
        )
        return actions.propose(
            shelf,
            excess_after_days=settings.excess_after_days,
            excess_value=settings.excess_value,
            rejected=rejected.filter(pl.col("action") == "move"),
        )


def exit_of(summary: dict[str, Any]) -> Exit:
    """The exit code of a finished night."""
    return EXIT_OF[Outcome(summary["outcome"])]


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
