package io.allotment.persistence.jooq;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * A denied decision as it is stored: the part of it that no other row tells. The names are those of the stored rows:
 * changing one means to read the old one too.
 */
final class DeniedJson {

    private DeniedJson() {}

    static String write(Decision decision) {
        var json = new LinkedHashMap<String, Object>();
        put(json, "actor", Optional.ofNullable(Columns.userId(decision.actor())));
        json.put("lines", decision.lines().stream().map(DeniedJson::write).toList());
        decision.plan().ifPresent(plan -> {
            json.put("planVersion", plan.planVersionId().toString());
            json.put("status", plan.status().name());
        });
        json.put("credits", decision.credits().toString());
        json.put("balanceAfter", decision.balanceAfter().toString());
        if (!decision.draws().isEmpty()) {
            json.put(
                    "considered",
                    decision.draws().stream().map(DeniedJson::write).toList());
        }
        var denial = decision.denial().orElseThrow();
        json.put("reason", denial.reason().name());
        json.put("scope", denial.scope().kind().name());
        json.put("name", denial.scope().name());
        put(json, "line", denial.line());
        put(json, "needed", denial.needed().map(BigDecimal::toPlainString));
        put(json, "available", denial.available().map(BigDecimal::toPlainString));
        put(json, "limit", denial.limit().map(BigDecimal::toPlainString));
        put(json, "used", denial.used().map(BigDecimal::toPlainString));
        put(json, "resetsAt", denial.resetsAt());
        return Json.write(json);
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

    private static Map<String, Object> write(CreditEntry.Draw considered) {
        return Map.of(
                "grant", considered.grant().toString(),
                "remaining", considered.remainingAfter().toString());
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
                Columns.actor(get(json, "actor", UUID::fromString).orElse(null)),
                list(json, "lines").stream().map(DeniedJson::line).toList(),
                get(json, "planVersion", PlanVersionId::of)
                        .map(plan -> new Decision.PlanStanding(
                                plan, SubscriptionStatus.valueOf(String.valueOf(json.get("status"))))),
                Credits.of(String.valueOf(json.get("credits"))),
                Credits.of(String.valueOf(json.get("balanceAfter"))),
                list(json, "considered").stream().map(DeniedJson::considered).toList(),
                Optional.of(new Denial(
                        Denial.Reason.valueOf(String.valueOf(json.get("reason"))),
                        new Denial.Scope(
                                Denial.Scope.Kind.valueOf(String.valueOf(json.get("scope"))),
                                String.valueOf(json.get("name"))),
                        get(json, "line", Integer::valueOf),
                        get(json, "needed", BigDecimal::new),
                        get(json, "available", BigDecimal::new),
                        get(json, "limit", BigDecimal::new),
                        get(json, "used", BigDecimal::new),
                        get(json, "resetsAt", Instant::parse))),
                at);
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

    private static CreditEntry.Draw considered(Map<String, Object> json) {
        return new CreditEntry.Draw(
                GrantId.of(String.valueOf(json.get("grant"))),
                Credits.ZERO,
                Credits.of(String.valueOf(json.get("remaining"))));
    }

    private static <T> Optional<T> get(Map<String, Object> json, String name, Function<String, T> read) {
        return Optional.ofNullable(json.get(name)).map(String::valueOf).map(read);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> json, String name) {
        return (List<Map<String, Object>>) json.getOrDefault(name, List.of());
    }
}
