package io.allotment.http;

import io.allotment.application.gate.GateService;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TokenCounts;
import java.util.List;
import java.util.Optional;

/** The gate. A denial is an answer like any other: 200, with the reason in it. */
final class GateRoutes {

    private final Metrics metrics;

    GateRoutes(Metrics metrics) {
        this.metrics = metrics;
    }

    void addTo(Routes routes) {
        routes.post("/tenants/{tenant}/gate/check", this::check);
        routes.post("/tenants/{tenant}/gate/consume", this::consume);
        routes.post("/tenants/{tenant}/gate/release", this::release);
        routes.get("/tenants/{tenant}/gate/decisions/{decision}", this::explain);
        routes.post("/tenants/{tenant}/gate/decisions/{decision}/refund", this::refund);
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
            Optional<Document> metadata,
            Optional<String> provider) {

        Charge charge() {
            return new Charge(
                    GateViews.lines(lines, operation, quantity).orElseThrow(Rejected::missingLines),
                    account,
                    ActorView.orSystem(actor),
                    relatedTo,
                    model,
                    tokens.map(UsageViews.Tokens::counts).orElse(TokenCounts.NONE),
                    metadata.orElse(Document.EMPTY),
                    provider,
                    Optional.empty());
        }
    }

    /** @param quantity all of it where it is missing */
    record Deallocation(
            Optional<AccountId> account,
            Optional<ActorView> actor,
            FeatureKey feature,
            RelatedEntity relatedTo,
            Optional<Quantity> quantity) {

        GateRequest.Deallocate request() {
            return new GateRequest.Deallocate(account, ActorView.orSystem(actor), feature, relatedTo, quantity);
        }
    }

    record Refund(String reason, Optional<ActorView> actor) {

        Actor by() {
            return ActorView.orSystem(actor);
        }
    }

    record ExplanationView(
            GateViews.DecisionView decision,
            ActorView actor,
            Optional<IdempotencyKey> idempotencyKey,
            List<Gate.TraceStep> trace) {

        static ExplanationView of(GateService.Explanation explanation) {
            var decision = explanation.decision();
            return new ExplanationView(
                    GateViews.DecisionView.of(decision),
                    ActorView.of(decision.actor()),
                    decision.key(),
                    explanation.trace());
        }
    }

    private Reply check(Call call) {
        var decision = call.allotment()
                .gate()
                .check(call.tenant(), call.body(ChargeBody.class).charge());
        metrics.decided(decision);
        return Reply.ok(GateViews.DecisionView.of(decision));
    }

    private Reply consume(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        var charge = call.body(ChargeBody.class).charge();
        return GateViews.answered(call.allotment().gate().consume(tenant, key, charge), metrics);
    }

    private Reply release(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        var request = call.body(Deallocation.class).request();
        return GateViews.answered(call.allotment().gate().release(tenant, key, request), metrics);
    }

    private Reply explain(Call call) {
        return Reply.ok(ExplanationView.of(call.allotment().gate().explain(call.tenant(), decision(call))));
    }

    private Reply refund(Call call) {
        var tenant = call.tenant();
        var key = call.idempotencyKey();
        var decision = decision(call);
        var body = call.body(Refund.class);
        return GateViews.answered(
                call.allotment().gate().refund(tenant, key, decision, body.by(), body.reason()), metrics);
    }

    private static DecisionId decision(Call call) {
        return call.path("decision", DecisionId::of);
    }
}
