package io.allotment.persistence.jooq;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * What this process remembers of accounts and tenants, each under the version that the database has of it. A batch that is
 * decided on what is remembered is written only where all those versions still hold ({@code allotment.expect}), so what is
 * remembered may be old, or not committed yet, without harm: it is then read anew. Thread-safe; only {@link #recall} with the
 * {@link #keep} that follows it wants one thread at a time.
 */
final class GateMemory {

    /** What changes beside an account, and is known of a version of its tenant. */
    private sealed interface Fact {

        record IsMember(GateState.Member member) implements Fact {}

        record HasNoLimit(TenantId tenant, SpendLimit.Spender spender) implements Fact {}

        record IsLimited(TenantId tenant, SpendLimit.Spender spender) implements Fact {}

        record HasNoAccount(GateState.AccountRef account) implements Fact {}
    }

    /** A tenant by the number that counts what changes of it. */
    private record KnownTenant(long version, Tenant tenant) {}

    /**
     * An account by the number of its last change.
     *
     * @param steady whether nobody else changed it between two times that we did: who takes turns with another process
     *     would find what he remembers old each time
     */
    private record KnownAccount(long version, GateState.AccountState state, boolean steady, Writing writing) {}

    /** How far a batch is: one that was decided on what it leaves must lock the accounts after it. */
    static final class Writing {

        private static final Writing DONE = new Writing();

        static {
            DONE.connected();
            DONE.done();
        }

        private final CountDownLatch connection = new CountDownLatch(1);
        private final CountDownLatch end = new CountDownLatch(1);

        /** It has a connection: who comes after it takes none from it. */
        void connected() {
            connection.countDown();
        }

        /** It is committed, or will not be. */
        void done() {
            end.countDown();
        }

        boolean isDone() {
            return end.getCount() == 0;
        }
    }

    /**
     * All that a batch needs, as it is remembered.
     *
     * @param versions of the accounts, which are those of the state
     * @param absent accounts that there are not, else one of them would pay
     * @param before the batches that leave the accounts so
     */
    record Remembered(
            GateState state,
            Map<GateState.AccountRef, Long> versions,
            Set<GateState.AccountRef> absent,
            Set<Writing> before) {

        /** Whether a batch before this one is still under way. */
        boolean isFollowing() {
            return before.stream().anyMatch(writing -> !writing.isDone());
        }
    }

    private final Cache<GateState.AccountRef, KnownAccount> accounts = cache(20_000);
    private final Cache<TenantId, KnownTenant> tenants = cache(10_000);
    private final Cache<Fact, Long> facts = cache(100_000);
    private final AtomicLong given = new AtomicLong();
    private final Duration patience;
    private volatile long catalogVersion;

    GateMemory() {
        this(Duration.ofSeconds(1));
    }

    /** @param patience how long a batch is waited for that is under way: as long as writing takes, and more */
    GateMemory(Duration patience) {
        this.patience = patience;
    }

    /** Tidies up in the thread that comes by: it costs less than to wake another one. */
    private static <K, V> Cache<K, V> cache(int size) {
        return Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
    }

    /**
     * A number that no change has had, not even one that was rolled back: of the random part of the first call's id, since
     * other processes count too, and of how many this one has given out, since calls are decided again. More than zero.
     */
    long newVersion(List<GateCall> calls) {
        long chance = calls.get(0).id().value().getLeastSignificantBits();
        return 1 + (chance + given.incrementAndGet() * 0x9E3779B97F4A7C15L >>> 2);
    }

    /**
     * The calls of which something is not known and could be; empty where one needs what is never remembered. Only consuming
     * is decided on what is remembered, on accounts that hold nothing for work under way.
     */
    Optional<List<GateCall>> unknown(List<GateCall> calls) {
        var recalling = new Recalling();
        var unknown = new ArrayList<GateCall>();
        for (var call : calls) {
            switch (recalling.add(call)) {
                case UNKNOWN -> unknown.add(call);
                case NEVER -> {
                    return Optional.empty();
                }
                case KNOWN -> {}
            }
        }
        return Optional.of(unknown);
    }

    /** The state that the calls need, where all of it is remembered. */
    Optional<Remembered> recall(List<GateCall> calls) {
        var recalling = new Recalling();
        for (var call : calls) {
            if (recalling.add(call) != Knowledge.KNOWN) {
                return Optional.empty();
            }
        }
        return Optional.of(recalling.remembered());
    }

    private enum Knowledge {
        KNOWN,
        UNKNOWN,
        NEVER
    }

    private final class Recalling {

        private final Map<TenantId, Tenant> known = new HashMap<>();
        private final Map<TenantId, Long> rightsVersions = new HashMap<>();
        private final Set<GateState.Member> members = new HashSet<>();
        private final Map<GateState.AccountRef, GateState.AccountState> states = new HashMap<>();
        private final Map<GateState.AccountRef, Long> versions = new HashMap<>();
        private final Set<GateState.AccountRef> absent = new HashSet<>();
        private final Set<Writing> before = new HashSet<>();

        Knowledge add(GateCall call) {
            if (!(call.request() instanceof GateRequest.Consume consume)) {
                return Knowledge.NEVER;
            }
            if (!knowsTenant(call.tenantId())) {
                return Knowledge.UNKNOWN;
            }
            var actor = actor(call.tenantId(), consume.charge().actor());
            return actor == Knowledge.KNOWN ? payer(call) : actor;
        }

        private boolean knowsTenant(TenantId id) {
            if (rightsVersions.containsKey(id)) {
                return true;
            }
            var tenant = tenants.getIfPresent(id);
            if (tenant == null) {
                return false;
            }
            known.put(id, tenant.tenant());
            rightsVersions.put(id, tenant.version());
            return true;
        }

        private Knowledge actor(TenantId tenant, Actor actor) {
            if (actor.member().isPresent()) {
                var member = new GateState.Member(tenant, actor.member().get());
                if (!holds(tenant, new Fact.IsMember(member))) {
                    return Knowledge.UNKNOWN;
                }
                members.add(member);
            }
            for (var spender : SpendLimit.Spender.of(actor)) {
                if (!holds(tenant, new Fact.HasNoLimit(tenant, spender))) {
                    // What is spent and held changes with others' calls.
                    return holds(tenant, new Fact.IsLimited(tenant, spender)) ? Knowledge.NEVER : Knowledge.UNKNOWN;
                }
            }
            return Knowledge.KNOWN;
        }

        private Knowledge payer(GateCall call) {
            for (var id : call.payers()) {
                var ref = new GateState.AccountRef(call.tenantId(), id);
                if (states.containsKey(ref)) {
                    return Knowledge.KNOWN;
                }
                var account = accounts.getIfPresent(ref);
                if (account != null) {
                    return add(ref, account);
                }
                if (!holds(call.tenantId(), new Fact.HasNoAccount(ref))) {
                    return Knowledge.UNKNOWN;
                }
                absent.add(ref);
            }
            // Refused for having no account: seldom, and not worth remembering.
            return Knowledge.NEVER;
        }

        private Knowledge add(GateState.AccountRef ref, KnownAccount account) {
            if (!account.steady() || holdsAnything(account.state())) {
                return Knowledge.NEVER;
            }
            states.put(ref, account.state());
            versions.put(ref, account.version());
            before.add(account.writing());
            return Knowledge.KNOWN;
        }

        private boolean holds(TenantId tenant, Fact fact) {
            return rightsVersions.get(tenant).equals(facts.getIfPresent(fact));
        }

        Remembered remembered() {
            var state = new GateState(
                    catalogVersion,
                    known,
                    rightsVersions,
                    members,
                    states,
                    Map.of(),
                    Map.of(),
                    Map.of(),
                    List.of(),
                    Map.of());
            return new Remembered(state, versions, absent, before);
        }
    }

    private static boolean holdsAnything(GateState.AccountState account) {
        return !account.credits().held().isZero()
                || account.counters().values().stream()
                        .anyMatch(counter -> !counter.held().isZero());
    }

    /** Takes what was decided on what is remembered for true from now on, under the version that it is written with. */
    void keep(Remembered remembered, GateChanges changes, long version, Writing writing) {
        var states = new HashMap<>(remembered.state().accounts());
        changes.accounts()
                .forEach(change -> states.computeIfPresent(change.ref(), (ref, before) -> before.after(change)));
        states.forEach((ref, state) -> accounts.put(ref, new KnownAccount(version, state, true, writing)));
    }

    /** What the database has just said, under the accounts' locks, and what was made of it under a new version. */
    void learn(List<GateCall> calls, GateReads.Loaded loaded, GateChanges changes, long version) {
        learnOthers(calls, loaded);
        var changed = new HashMap<GateState.AccountRef, GateChanges.AccountChange>();
        changes.accounts().forEach(change -> changed.put(change.ref(), change));
        loaded.state().accounts().forEach((ref, account) -> {
            var change = changed.get(ref);
            long found = loaded.accountVersions().get(ref);
            var before = accounts.getIfPresent(ref);
            boolean steady = before == null || before.version() == found;
            accounts.put(
                    ref,
                    change == null
                            ? new KnownAccount(found, account, steady, Writing.DONE)
                            : new KnownAccount(version, account.after(change), steady, Writing.DONE));
        });
    }

    /** What the database has just said, without locks: of accounts only what was not known, and may be newer here. */
    void learn(List<GateCall> calls, GateReads.Loaded loaded) {
        learnOthers(calls, loaded);
        loaded.state()
                .accounts()
                .forEach((ref, account) -> accounts.asMap()
                        .putIfAbsent(
                                ref, new KnownAccount(loaded.accountVersions().get(ref), account, true, Writing.DONE)));
    }

    private void learnOthers(List<GateCall> calls, GateReads.Loaded loaded) {
        catalogVersion = loaded.state().catalogVersion();
        loaded.state()
                .tenants()
                .forEach((id, tenant) -> tenants.put(
                        id, new KnownTenant(loaded.state().rightsVersions().get(id), tenant)));
        calls.forEach(call -> learnFacts(call, loaded));
    }

    private void learnFacts(GateCall call, GateReads.Loaded loaded) {
        var tenant = call.tenantId();
        var version = loaded.state().rightsVersions().get(tenant);
        if (version == null || call.actor().isEmpty()) {
            return;
        }
        var state = loaded.state();
        var actor = call.actor().get();
        actor.member()
                .map(member -> new GateState.Member(tenant, member))
                .filter(state.members()::contains)
                .ifPresent(member -> facts.put(new Fact.IsMember(member), version));
        for (var spender : SpendLimit.Spender.of(actor)) {
            boolean limited = state.spending().stream().anyMatch(spending -> isOf(spending.limit(), tenant, spender));
            facts.put(limited ? new Fact.IsLimited(tenant, spender) : new Fact.HasNoLimit(tenant, spender), version);
        }
        for (var payer : call.payers()) {
            var ref = new GateState.AccountRef(tenant, payer);
            if (state.accounts().containsKey(ref)) {
                break;
            }
            facts.put(new Fact.HasNoAccount(ref), version);
        }
    }

    private static boolean isOf(SpendLimit limit, TenantId tenant, SpendLimit.Spender spender) {
        return limit.tenantId().equals(tenant) && limit.spender().equals(spender);
    }

    /** What was remembered was old, or what was made of it was not written: these are read anew. */
    void doubt(Remembered remembered, long version) {
        remembered.absent().forEach(ref -> facts.invalidate(new Fact.HasNoAccount(ref)));
        remembered
                .versions()
                .forEach((ref, before) -> accounts.asMap()
                        .computeIfPresent(
                                ref,
                                (same, known) -> known.version() == version
                                        ? new KnownAccount(before, known.state(), false, Writing.DONE)
                                        : known));
    }

    /** Until the batches that leave the accounts so have a connection, as a rule: this one takes none from them. */
    void awaitConnected(Remembered remembered) {
        await(remembered.before(), writing -> writing.connection);
    }

    /** Until the batches that leave the accounts so are written, as a rule. */
    void awaitBefore(Remembered remembered) {
        await(remembered.before(), writing -> writing.end);
    }

    /** Who waits no longer, and so comes too early, finds that he was decided on something old. */
    private void await(Set<Writing> batches, Function<Writing, CountDownLatch> latch) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            for (var writing : batches) {
                latch.apply(writing).await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Waits for batches under way on accounts that these calls name. Their locks would be waited for anyway; but who waits with
     * a lock of his own, for a key of theirs, would have them wait for him.
     */
    void awaitWriting(List<GateCall> calls) {
        var underWay = new HashSet<Writing>();
        for (var call : calls) {
            for (var payer : call.payers()) {
                var account = accounts.getIfPresent(new GateState.AccountRef(call.tenantId(), payer));
                if (account != null) {
                    underWay.add(account.writing());
                }
            }
        }
        await(underWay, writing -> writing.end);
    }

    /** Somebody is about to change the account by other ways. */
    void forget(TenantId tenant, AccountId account) {
        accounts.invalidate(new GateState.AccountRef(tenant, account));
    }
}
