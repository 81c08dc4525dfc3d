package io.allotment.persistence.jooq;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A decision that has no usage event, as it is stored: the part of it that no other row tells. The names are those of the
 * stored rows: changing one means to read the old one too.
 */
final class DecisionJson {

    private DecisionJson() {}

    static String write(Decision decision) {
        var json = new LinkedHashMap<String, Object>();
        put(json, "actor", decision.actor().member());
        put(json, "actorKey", decision.actor().key());
        json.put("lines", decision.lines().stream().map(DecisionJson::write).toList());
        decision.plan().ifPresent(plan -> {
            json.put("planVersion", plan.planVersionId().toString());
            json.put("status", plan.status().name());
        });
        json.put("credits", decision.credits().toString());
        if (!decision.uncoveredCredits().isZero()) {
            json.put("uncovered", decision.uncoveredCredits().toString());
        }
        json.put("balanceAfter", decision.balanceAfter().toString());
        if (!decision.draws().isEmpty()) {
            json.put(
                    "considered",
                    decision.draws().stream().map(DecisionJson::write).toList());
        }
        put(json, "reservation", decision.reservation());
        put(json, "leaseUntil", decision.leaseUntil());
        put(json, "refunded", decision.refunded());
        decision.denial().ifPresent(denial -> write(json, denial));
        return Json.write(json);
    }

    private static void write(Map<String, Object> json, Denial denial) {
        json.put("reason", denial.reason().name());
        json.put("scope", denial.scope().kind().name());
        json.put("name", denial.scope().name());
        put(json, "line", denial.line());
        put(json, "needed", denial.needed().map(BigDecimal::toPlainString));
        put(json, "available", denial.available().map(BigDecimal::toPlainString));
        put(json, "limit", denial.limit().map(BigDecimal::toPlainString));
        put(json, "used", denial.used().map(BigDecimal::toPlainString));
        put(json, "resetsAt", denial.resetsAt());
    }

    private static Map<String, Object> write(UsageEvent.Line line) {
        var json = new LinkedHashMap<String, Object>();
        json.put("operation", line.operation().value());
        json.put("quantity", line.quantity().toString());
        json.put("credits", line.credits().toString());
        line.quota().ifPresent(quota -> {
            json.put("feature", quota.feature().value());
            json.put("used", quota.used().toString());
            put(json, "limit", quota.limit());
            json.put("above", quota.above().toString());
            json.put("start", quota.period().start().toString());
            put(json, "end", quota.period().end());
        });
        return json;
    }

    /** Of a grant that was considered alone, nothing was drawn. */
    private static Map<String, Object> write(CreditEntry.Draw draw) {
        var json = new LinkedHashMap<String, Object>();
        json.put("grant", draw.grant().toString());
        if (!draw.amount().isZero()) {
            json.put("amount", draw.amount().toString());
        }
        json.put("remaining", draw.remainingAfter().toString());
        return json;
    }

    private static void put(Map<String, Object> json, String name, Optional<?> value) {
        value.ifPresent(v -> json.put(name, v instanceof Integer ? v : v.toString()));
    }

    static Decision read(
            TenantId tenant, DecisionId id, Verb verb, IdempotencyKey key, AccountId account, Instant at, String text) {
        var json = Json.read(text);
        return new Decision(
                tenant,
                id,
                verb,
                Optional.of(key),
                account,
                Actor.of(get(json, "actor", UserId::of), get(json, "actorKey", ApiKeyId::of)),
                list(json, "lines").stream().map(DecisionJson::line).toList(),
                get(json, "planVersion", PlanVersionId::of)
                        .map(plan -> new Decision.PlanStanding(
                                plan, SubscriptionStatus.valueOf(String.valueOf(json.get("status"))))),
                credits(json, "credits"),
                credits(json, "uncovered"),
                credits(json, "balanceAfter"),
                list(json, "considered").stream().map(DecisionJson::draw).toList(),
                get(json, "reservation", ReservationId::of),
                get(json, "leaseUntil", Instant::parse),
                get(json, "refunded", DecisionId::of),
                get(json, "reason", Denial.Reason::valueOf).map(reason -> denial(json, reason)),
                at);
    }

    private static Denial denial(Map<String, Object> json, Denial.Reason reason) {
        return new Denial(
                reason,
                new Denial.Scope(
                        Denial.Scope.Kind.valueOf(String.valueOf(json.get("scope"))), String.valueOf(json.get("name"))),
                get(json, "line", Integer::valueOf),
                get(json, "needed", BigDecimal::new),
                get(json, "available", BigDecimal::new),
                get(json, "limit", BigDecimal::new),
                get(json, "used", BigDecimal::new),
                get(json, "resetsAt", Instant::parse));
    }

    private static UsageEvent.Line line(Map<String, Object> json) {
        return new UsageEvent.Line(
                new OperationKey(String.valueOf(json.get("operation"))),
                Quantity.of(String.valueOf(json.get("quantity"))),
                Credits.of(String.valueOf(json.get("credits"))),
                get(json, "feature", FeatureKey::new)
                        .map(feature -> new QuotaUse(
                                feature,
                                Quantity.of(String.valueOf(json.get("used"))),
                                get(json, "limit", Quantity::of),
                                Quantity.of(String.valueOf(json.get("above"))),
                                new Period(
                                        Instant.parse(String.valueOf(json.get("start"))),
                                        get(json, "end", Instant::parse)))));
    }

    private static CreditEntry.Draw draw(Map<String, Object> json) {
        return new CreditEntry.Draw(
                GrantId.of(String.valueOf(json.get("grant"))), credits(json, "amount"), credits(json, "remaining"));
    }

    /** Zero where there is none. */
    private static Credits credits(Map<String, Object> json, String name) {
        return get(json, name, Credits::of).orElse(Credits.ZERO);
    }

    private static <T> Optional<T> get(Map<String, Object> json, String name, Function<String, T> read) {
        return Optional.ofNullable(json.get(name)).map(String::valueOf).map(read);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> json, String name) {
        return (List<Map<String, Object>>) json.getOrDefault(name, List.of());
    }
}
