package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;

import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;

/** Writes what a batch of calls to the gate came to: one round trip, a statement for each table, as a rule. */
final class GateWrites {

    private final DSLContext db;
    private final JooqSubscriptions subscriptions;

    GateWrites(DSLContext db, JooqSubscriptions subscriptions) {
        this.db = db;
        this.subscriptions = subscriptions;
    }

    /** False, and nothing written, where another transaction used one of the keys since they were looked up. */
    boolean save(GateChanges changes) {
        var accounts = changes.accounts();
        var others = Stream.of(
                        Stream.of(events(changes)),
                        JooqCredits.changes(accounts.stream()
                                .map(GateChanges.AccountChange::credits)
                                .toList()),
                        JooqQuotas.changes(
                                accounts.stream()
                                        .flatMap(account -> account.counters().stream())
                                        .toList(),
                                accounts.stream()
                                        .flatMap(account -> account.quotaChanges().stream())
                                        .toList()))
                .flatMap(Function.identity());
        // In one order, so that no two batches wait for each other's keys in a circle.
        var decisions = changes.decisions().stream()
                .sorted(Comparator.comparing((GateState.Recorded r) ->
                                r.decision().tenantId().toString())
                        .thenComparing(r -> r.decision().key().orElseThrow().value()))
                .toList();
        if (decisions.isEmpty()) {
            Statement.run(db, others);
        } else {
            var written = Statement.run(
                    db, Stream.concat(Stream.of(Statement.command("savepoint gate"), decisions(decisions)), others));
            if (written.get(0).size() < decisions.size()) {
                db.execute("rollback to savepoint gate");
                return false;
            }
        }
        // Rare, and a round trip of its own: time moved these on.
        subscriptions.updateAll(accounts.stream()
                .flatMap(account -> account.subscription().stream())
                .toList());
        return true;
    }

    /** Gives a row for each decision whose key was free. */
    private static Statement decisions(List<GateState.Recorded> decisions) {
        var rows = new Rows<>(decisions);
        return Statement.query(
                """
                insert into allotment.decisions (
                    tenant_id, id, idempotency_key, fingerprint, verb, account_id, allowed, denied, created_at)
                select tenant_id, id, idempotency_key, fingerprint, verb, account_id, denied is null, denied::jsonb,
                       created_at::timestamptz
                from unnest(?, ?, ?, ?, ?, ?, ?, ?) as n(
                    tenant_id, id, idempotency_key, fingerprint, verb, account_id, denied, created_at)
                on conflict (tenant_id, idempotency_key) do nothing
                returning id
                """,
                new Field<?>[] {DECISIONS.ID},
                rows.column(UUID.class, r -> r.decision().tenantId().value()),
                rows.column(UUID.class, r -> r.decision().id().value()),
                rows.column(String.class, r -> r.decision().key().orElseThrow().value()),
                rows.column(String.class, GateState.Recorded::fingerprint),
                rows.column(String.class, r -> r.decision().verb().name()),
                rows.column(UUID.class, r -> r.decision().accountId().value()),
                rows.column(String.class, r -> r.decision().allowed() ? null : DeniedJson.write(r.decision())),
                rows.column(String.class, r -> r.decision().at().toString()));
    }

    private static Statement events(GateChanges changes) {
        Map<DecisionId, Decision.PlanStanding> plans = changes.decisions().stream()
                .map(GateState.Recorded::decision)
                .filter(decision -> decision.plan().isPresent())
                .collect(Collectors.toMap(
                        Decision::id, decision -> decision.plan().get()));
        var rows = new Rows<>(changes.events());
        return rows.command(
                """
                insert into allotment.usage_events (
                    tenant_id, id, account_id, actor_user_id, operations, quantities, line_credits, features, quota_used,
                    quota_limits, quota_above, quota_period_starts, quota_period_ends, credits, balance_after,
                    ledger_sequence, plan_version_id, subscription_status, related_type, related_id, model, tokens,
                    metadata, source, created_at)
                select
                    tenant_id, id, account_id, actor_user_id, operations::text[], quantities::numeric[],
                    line_credits::numeric[], features::text[], quota_used::numeric[], quota_limits::numeric[],
                    quota_above::numeric[], quota_period_starts::timestamptz[], quota_period_ends::timestamptz[], credits,
                    balance_after, ledger_sequence, plan_version_id, subscription_status, related_type, related_id, model,
                    tokens::jsonb, metadata::jsonb, source, created_at::timestamptz
                from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) as n(
                    tenant_id, id, account_id, actor_user_id, operations, quantities, line_credits, features, quota_used,
                    quota_limits, quota_above, quota_period_starts, quota_period_ends, credits, balance_after,
                    ledger_sequence, plan_version_id, subscription_status, related_type, related_id, model, tokens,
                    metadata, source, created_at)
                """,
                rows.column(UUID.class, e -> e.tenantId().value()),
                rows.column(UUID.class, e -> e.id().value()),
                rows.column(UUID.class, e -> e.accountId().value()),
                rows.column(UUID.class, e -> Columns.userId(e.actor())),
                rows.column(String.class, e -> Rows.literal(e.lines(), UsageEvent.Line::operation)),
                rows.column(String.class, e -> Rows.literal(e.lines(), UsageEvent.Line::quantity)),
                rows.column(String.class, e -> Rows.literal(e.lines(), UsageEvent.Line::credits)),
                rows.column(String.class, quotas(QuotaUse::feature)),
                rows.column(String.class, quotas(QuotaUse::used)),
                rows.column(String.class, quotas(quota -> quota.limit().orElse(null))),
                rows.column(String.class, quotas(QuotaUse::above)),
                rows.column(String.class, quotas(quota -> quota.period().start())),
                rows.column(String.class, quotas(quota -> quota.period().end().orElse(null))),
                rows.column(BigDecimal.class, e -> e.credits().value()),
                rows.column(BigDecimal.class, e -> e.balanceAfter().value()),
                rows.column(Long.class, e -> e.ledgerSequence().orElse(null)),
                rows.column(
                        UUID.class,
                        e -> Optional.ofNullable(plans.get(e.id()))
                                .map(p -> p.planVersionId().value())
                                .orElse(null)),
                rows.column(
                        String.class,
                        e -> Optional.ofNullable(plans.get(e.id()))
                                .map(p -> p.status().name())
                                .orElse(null)),
                rows.column(String.class, e -> Columns.type(e.relatedTo())),
                rows.column(String.class, e -> Columns.id(e.relatedTo())),
                rows.column(String.class, e -> e.model().orElse(null)),
                rows.column(String.class, e -> Json.orNull(e.tokens())),
                rows.column(String.class, e -> Json.orNull(e.metadata())),
                rows.column(String.class, e -> e.source().name()),
                rows.column(String.class, e -> e.at().toString()));
    }

    /** One element for each line, null for a line without quota. */
    private static Function<UsageEvent, String> quotas(Function<QuotaUse, Object> element) {
        return event ->
                Rows.literal(event.lines(), line -> line.quota().map(element).orElse(null));
    }
}
