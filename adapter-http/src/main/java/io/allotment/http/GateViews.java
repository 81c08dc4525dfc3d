package io.allotment.http;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Step;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The JSON that everything at the gate shares. */
final class GateViews {

    private GateViews() {}

    /** What a body says is used: {@code lines}, or {@code operation} and {@code quantity} for a single one; or nothing. */
    static Optional<List<Charge.Line>> lines(
            Optional<List<Charge.Line>> lines, Optional<OperationKey> operation, Optional<Quantity> quantity) {
        if (lines.isPresent()) {
            operation.ifPresent(single -> {
                throw new InvalidValue("operation", "does not go with lines");
            });
            quantity.ifPresent(single -> {
                throw new InvalidValue("quantity", "does not go with lines");
            });
            return lines;
        }
        if (operation.isEmpty() && quantity.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(List.of(new Charge.Line(
                operation.orElseThrow(() -> Rejected.missing("operation")),
                quantity.orElseThrow(() -> Rejected.missing("quantity")))));
    }

    /** Answers with the decision, and counts it where it is a new one. */
    static Reply answered(Outcome.Answer answer, Metrics metrics) {
        if (!answer.replayed()) {
            metrics.decided(answer.decision());
        }
        return Reply.ok(DecisionView.of(answer.decision())).replayed(answer.replayed());
    }

    /** @param id absent for a check, of which nothing is kept */
    record DecisionView(
            Optional<DecisionId> id,
            Verb verb,
            boolean allowed,
            AccountId account,
            List<UsageViews.LineView> lines,
            Credits credits,
            Credits uncoveredCredits,
            Credits balanceAfter,
            Optional<PlanView> plan,
            List<CreditEntry.Draw> draws,
            Optional<ReservationId> reservation,
            Optional<Instant> leaseUntil,
            Optional<DecisionId> refunded,
            Optional<DenialView> denial,
            Instant decidedAt,
            Optional<UsageViews.CostView> cost) {

        static DecisionView of(Decision decision) {
            return new DecisionView(
                    decision.verb() == Verb.CHECK ? Optional.empty() : Optional.of(decision.id()),
                    decision.verb(),
                    decision.allowed(),
                    decision.accountId(),
                    decision.lines().stream().map(UsageViews.LineView::of).toList(),
                    decision.credits(),
                    decision.uncoveredCredits(),
                    decision.balanceAfter(),
                    decision.plan().map(PlanView::of),
                    decision.draws(),
                    decision.reservation(),
                    decision.leaseUntil(),
                    decision.refunded(),
                    decision.denial().map(DenialView::of),
                    decision.at(),
                    decision.cost().map(UsageViews.CostView::of));
        }
    }

    record PlanView(PlanVersionId planVersion, SubscriptionStatus status) {

        static PlanView of(Decision.PlanStanding plan) {
            return new PlanView(plan.planVersionId(), plan.status());
        }
    }

    record DenialView(
            Step step,
            Denial.Reason reason,
            Denial.Scope scope,
            Optional<Integer> line,
            Optional<String> needed,
            Optional<String> available,
            Optional<String> limit,
            Optional<String> used,
            Optional<Instant> resetsAt,
            String message,
            String help) {

        static DenialView of(Denial denial) {
            return new DenialView(
                    denial.step(),
                    denial.reason(),
                    denial.scope(),
                    denial.line(),
                    denial.needed().map(BigDecimal::toPlainString),
                    denial.available().map(BigDecimal::toPlainString),
                    denial.limit().map(BigDecimal::toPlainString),
                    denial.used().map(BigDecimal::toPlainString),
                    denial.resetsAt(),
                    denial.message(),
                    denial.help());
        }
    }
}
