package io.allotment.http;

import io.allotment.application.gate.GateService;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.Step;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.usage.TokenCounts;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The gate. A denial is an answer like any other: 200, with the reason in it. */
final class GateRoutes {

    private final GateService gate;
    private final Metrics metrics;

    GateRoutes(GateService gate, Metrics metrics) {
        this.gate = gate;
        this.metrics = metrics;
    }

    void addTo(Routes routes) {
        routes.post("/tenants/{tenant}/gate/check", this::check);
        routes.post("/tenants/{tenant}/gate/consume", this::consume);
        routes.get("/tenants/{tenant}/gate/decisions/{decision}", this::explain);
    }

    /** What is to be used: {@code lines}, or {@code operation} and {@code quantity} for a single one. */
    record ChargeBody(
            Optional<List<Charge.Line>> lines,
            Optional<OperationKey> operation,
            Optional<Quantity> quantity,
            Optional<AccountId> account,
            Optional<ActorView> actor,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            Optional<UsageViews.Tokens> tokens,
            Optional<Document> metadata) {

        Charge charge() {
            return new Charge(
                    allLines(),
                    account,
                    actor.map(ActorView::actor).orElseGet(Actor::system),
                    relatedTo,
                    model,
                    tokens.map(UsageViews.Tokens::counts).orElse(TokenCounts.NONE),
                    metadata.orElse(Document.EMPTY));
        }

        private List<Charge.Line> allLines() {
            if (lines.isPresent()) {
                operation.ifPresent(single -> {
                    throw new InvalidValue("operation", "does not go with lines");
                });
                quantity.ifPresent(single -> {
                    throw new InvalidValue("quantity", "does not go with lines");
                });
                return lines.get();
            }
            var key = operation.orElseThrow(() -> Rejected.missing(quantity.isPresent() ? "operation" : "lines"));
            return List.of(new Charge.Line(key, quantity.orElseThrow(() -> Rejected.missing("quantity"))));
        }
    }

    /** @param id absent for a check, of which nothing is kept */
    record DecisionView(
            Optional<DecisionId> id,
            boolean allowed,
            AccountId account,
            List<UsageViews.LineView> lines,
            Credits credits,
            Credits balanceAfter,
            Optional<PlanView> plan,
            List<CreditEntry.Draw> draws,
            Optional<DenialView> denial,
            Instant decidedAt) {

        static DecisionView of(Decision decision) {
            return new DecisionView(
                    decision.verb() == Verb.CHECK ? Optional.empty() : Optional.of(decision.id()),
                    decision.allowed(),
                    decision.accountId(),
                    decision.lines().stream().map(UsageViews.LineView::of).toList(),
                    decision.credits(),
                    decision.balanceAfter(),
                    decision.plan().map(plan -> new PlanView(plan.planVersionId(), plan.status())),
                    decision.draws(),
                    decision.denial().map(DenialView::of),
                    decision.at());
        }
    }

    record PlanView(PlanVersionId planVersion, SubscriptionStatus status) {}

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

    record ExplanationView(
            DecisionView decision,
            ActorView actor,
            Optional<IdempotencyKey> idempotencyKey,
            List<Gate.TraceStep> trace) {

        static ExplanationView of(GateService.Explanation explanation) {
            var decision = explanation.decision();
            return new ExplanationView(
                    DecisionView.of(decision), ActorView.of(decision.actor()), decision.key(), explanation.trace());
        }
    }

    private Reply check(Call call) {
        var decision = gate.check(call.tenant(), call.body(ChargeBody.class).charge());
        metrics.decided(decision);
        return Reply.ok(DecisionView.of(decision));
    }

    private Reply consume(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        var answer = gate.consume(tenant, key, call.body(ChargeBody.class).charge());
        if (!answer.replayed()) {
            metrics.decided(answer.decision());
        }
        return Reply.ok(DecisionView.of(answer.decision())).replayed(answer.replayed());
    }

    private Reply explain(Call call) {
        return Reply.ok(ExplanationView.of(gate.explain(call.tenant(), call.path("decision", DecisionId::of))));
    }
}
