package io.allotment.persistence.memory;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.Subscriptions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

final class MemorySubscriptions implements Subscriptions {

    private final Tables tables;

    MemorySubscriptions(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Subscription subscription) {
        tables.subscriptions.requireToWrite(subscription);
        if (!tables.accounts.holds(Key.of(subscription.tenantId(), subscription.accountId()))) {
            throw new Unknown("account", "accountId", subscription.accountId());
        }
        var version = tables.planVersions
                .find(Key.of(subscription.planVersionId()))
                .orElseThrow(() -> new Unknown("plan version", "version", subscription.planVersionId()));
        subscription
                .price()
                .ifPresent(
                        price -> version.terms().price(price).orElseThrow(() -> new Unknown("price", "price", price)));
        put(subscription);
    }

    @Override
    public void update(Subscription subscription) {
        tables.subscriptions.requireToWrite(subscription);
        if (!tables.subscriptions.holds(key(subscription))) {
            throw new IllegalStateException("There is no subscription " + subscription.id() + " to update");
        }
        put(subscription);
    }

    @Override
    public boolean markTrialTold(Subscription subscription, Instant end) {
        tables.subscriptions.requireToWrite(subscription);
        var key = Key.of(subscription.tenantId(), subscription.id());
        if (!tables.subscriptions.holds(key(subscription))
                || tables.trialsTold
                        .find(key)
                        .filter(told -> told.end().equals(end))
                        .isPresent()) {
            return false;
        }
        tables.trialsTold.put(key, new Tables.TrialTold(subscription.tenantId(), subscription.id(), end));
        return true;
    }

    @Override
    public Optional<Subscription> findCurrent(TenantId tenant, AccountId account) {
        var all = oldestFirst(tenant, account);
        return all.stream()
                .filter(s -> !s.status().isEnded())
                .findFirst()
                .or(() -> all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1)));
    }

    @Override
    public Optional<Subscription> find(TenantId tenant, AccountId account, SubscriptionId id) {
        return tables.subscriptions.find(Key.of(tenant, account, id));
    }

    @Override
    public Optional<Subscription> findBilled(TenantId tenant, String gateway, String gatewayId) {
        return tables.subscriptions
                .under(Key.of(tenant))
                .filter(s -> s.billed()
                        .filter(by ->
                                by.gateway().equals(gateway) && by.gatewayId().equals(gatewayId))
                        .isPresent())
                .findFirst();
    }

    @Override
    public Optional<Subscription> findStillBilled(TenantId tenant) {
        return tables.subscriptions
                .under(Key.of(tenant))
                .filter(s -> s.billed().filter(by -> !by.over()).isPresent())
                .findFirst();
    }

    @Override
    public Optional<Subscription> findBilledElsewhere(String gateway) {
        return tables.subscriptions
                .all()
                .filter(s -> s.billed()
                        .filter(by -> !by.gateway().equals(gateway) && !by.over())
                        .isPresent())
                .findFirst();
    }

    @Override
    public Page<Subscription> listStillBilled(String gateway, PageRequest page) {
        var rows = tables.subscriptions
                .all()
                .filter(s -> s.billed()
                        .filter(by -> by.gateway().equals(gateway) && !by.over())
                        .isPresent())
                .sorted(Comparator.comparing(s -> s.id().toString()))
                .filter(s -> isAfter(s.id(), page))
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(rows, page, s -> s.id().toString());
    }

    @Override
    public boolean hadTrial(TenantId tenant, AccountId account) {
        return oldestFirst(tenant, account).stream().anyMatch(s -> s.trial().isPresent());
    }

    @Override
    public Page<Subscription> list(TenantId tenant, AccountId account, PageRequest page) {
        return tables.subscriptions.pageBackwards(Key.of(tenant, account), Position.ID, page, s -> true);
    }

    @Override
    public Page<Ref> listSubscribers(PlanVersionId version, PageRequest page) {
        var rows = tables.subscriptions
                .all()
                .filter(s -> s.planVersionId().equals(version) && !s.status().isEnded())
                .map(MemorySubscriptions::ref)
                .sorted(Comparator.comparing(ref -> ref.id().toString()))
                .filter(ref -> isAfter(ref.id(), page))
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(rows, page, ref -> ref.id().toString());
    }

    private static boolean isAfter(SubscriptionId id, PageRequest page) {
        return page.after()
                .map(told -> Id.parse("after", told).toString())
                .filter(last -> id.toString().compareTo(last) <= 0)
                .isEmpty();
    }

    private static Ref ref(Subscription subscription) {
        return new Ref(subscription.tenantId(), subscription.accountId(), subscription.id());
    }

    private List<Subscription> oldestFirst(TenantId tenant, AccountId account) {
        return tables.subscriptions.under(Key.of(tenant, account)).toList();
    }

    private void put(Subscription subscription) {
        if (!subscription.status().isEnded()) {
            oldestFirst(subscription.tenantId(), subscription.accountId()).stream()
                    .filter(other -> !other.status().isEnded() && !other.id().equals(subscription.id()))
                    .forEach(live -> {
                        throw new AlreadySubscribed(live.accountId(), live.status());
                    });
        }
        tables.subscriptions.put(key(subscription), subscription);
    }

    private static Key key(Subscription subscription) {
        return Key.of(subscription.tenantId(), subscription.accountId(), subscription.id());
    }
}
