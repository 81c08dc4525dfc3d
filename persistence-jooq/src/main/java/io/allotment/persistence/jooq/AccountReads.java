package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ACCOUNTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_GRANTS;
import static io.allotment.persistence.jooq.generated.Tables.QUOTA_COUNTERS;
import static io.allotment.persistence.jooq.generated.Tables.SUBSCRIPTIONS;

import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Record;

/** The accounts of a batch, with what their lock guards. */
final class AccountReads {

    private static final String ACCOUNT = "select " + Columns.of("a", CREDIT_ACCOUNTS) + """
             from allotment.credit_accounts a
            where a.tenant_id = k.tenant_id and a.account_id = k.account_id
            offset 0
            """;

    private static final String LOCKED_ACCOUNT = ACCOUNT + "for no key update of a";

    private static final String GRANTS = "select " + Columns.of("g", CREDIT_GRANTS) + """
             from allotment.credit_grants g
            where g.tenant_id = k.tenant_id and g.account_id = k.account_id and g.live
            offset 0
            """;

    private static final String SUBSCRIPTION = "select " + Columns.of("s", SUBSCRIPTIONS) + """
             from allotment.subscriptions s
            where s.tenant_id = k.tenant_id and s.account_id = k.account_id
            order by s.ended_at is null desc, s.id desc
            limit 1
            """;

    private static final String COUNTERS = "select " + Columns.of("q", QUOTA_COUNTERS) + """
             from allotment.quota_counters q
            where q.tenant_id = k.tenant_id and q.account_id = k.account_id
            offset 0
            """;

    private final Map<GateState.AccountRef, Record> accounts = new LinkedHashMap<>();
    private final Map<GateState.AccountRef, List<CreditGrant>> grants = new HashMap<>();
    private final Map<GateState.AccountRef, Subscription> subscriptions = new HashMap<>();
    private final Map<GateState.AccountRef, Map<FeatureKey, QuotaCounter>> counters = new HashMap<>();

    /** Locks go by tenant and account, so that no two batches wait for each other in a circle. */
    void addAccounts(RoundTrip trip, GateSources sources, boolean lock) {
        trip.add(
                sources.lockedAccounts().probe(CREDIT_ACCOUNTS.fields(), lock ? LOCKED_ACCOUNT : ACCOUNT),
                row -> accounts.put(
                        new GateState.AccountRef(
                                new TenantId(row.get(CREDIT_ACCOUNTS.TENANT_ID)),
                                new AccountId(row.get(CREDIT_ACCOUNTS.ACCOUNT_ID))),
                        row));
    }

    /** After the locks: a statement sees nothing that is committed after it began. */
    void addRest(RoundTrip trip, GateSources.Source keys) {
        trip.add(keys.probe(CREDIT_GRANTS.fields(), GRANTS), row -> {
            var grant = JooqCredits.grant(row);
            grants.computeIfAbsent(
                            new GateState.AccountRef(grant.tenantId(), grant.accountId()), ref -> new ArrayList<>())
                    .add(grant);
        });
        trip.add(keys.probe(SUBSCRIPTIONS.fields(), SUBSCRIPTION), row -> {
            var subscription = JooqSubscriptions.subscription(row);
            subscriptions.put(
                    new GateState.AccountRef(subscription.tenantId(), subscription.accountId()), subscription);
        });
        trip.add(keys.probe(QUOTA_COUNTERS.fields(), COUNTERS), row -> {
            var counter = JooqQuotas.counter(row);
            counters.computeIfAbsent(
                            new GateState.AccountRef(counter.tenantId(), counter.accountId()), ref -> new HashMap<>())
                    .put(counter.feature(), counter);
        });
    }

    Map<GateState.AccountRef, Long> versions() {
        var versions = new HashMap<GateState.AccountRef, Long>();
        accounts.forEach((ref, row) -> versions.put(ref, row.get(CREDIT_ACCOUNTS.VERSION)));
        return versions;
    }

    Map<GateState.AccountRef, GateState.AccountState> states() {
        var states = new HashMap<GateState.AccountRef, GateState.AccountState>();
        accounts.forEach((ref, row) -> states.put(
                ref,
                new GateState.AccountState(
                        JooqCredits.account(row, grants.getOrDefault(ref, List.of())),
                        Optional.ofNullable(subscriptions.get(ref)),
                        counters.getOrDefault(ref, Map.of()))));
        return states;
    }
}
