package io.allotment.persistence.memory;

import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.billing.SubscriptionCheckouts;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

final class MemorySubscriptionCheckouts implements SubscriptionCheckouts {

    private final Tables tables;

    MemorySubscriptionCheckouts(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(SubscriptionCheckout checkout) {
        tables.subscriptionCheckouts.requireToWrite(checkout);
        if (!tables.accounts.holds(Key.of(checkout.tenantId(), checkout.accountId()))) {
            throw new Unknown("account", "accountId", checkout.accountId());
        }
        checkout.order()
                .filter(order ->
                        tables.planVersions.find(Key.of(order.planVersionId())).isEmpty())
                .ifPresent(order -> {
                    throw new Unknown("plan version", "version", order.version());
                });
        tables.subscriptionCheckouts.put(key(checkout), checkout);
    }

    @Override
    public void update(SubscriptionCheckout checkout) {
        tables.subscriptionCheckouts.requireToWrite(checkout);
        if (!tables.subscriptionCheckouts.holds(key(checkout))) {
            throw new IllegalStateException("There is no checkout " + checkout.id() + " to update");
        }
        tables.subscriptionCheckouts.put(key(checkout), checkout);
    }

    @Override
    public Optional<SubscriptionCheckout> find(TenantId tenant, CheckoutId id) {
        return tables.subscriptionCheckouts.find(Key.of(tenant, id));
    }

    @Override
    public Page<SubscriptionCheckout> list(TenantId tenant, AccountId account, PageRequest page) {
        return tables.subscriptionCheckouts.pageBackwards(
                Key.of(tenant),
                Position.ID,
                page,
                checkout -> checkout.accountId().equals(account));
    }

    @Override
    public List<SubscriptionCheckout> listNotOver(TenantId tenant, AccountId account) {
        return listNotOver(tenant).stream()
                .filter(checkout -> checkout.accountId().equals(account))
                .toList();
    }

    @Override
    public List<SubscriptionCheckout> listNotOver(TenantId tenant) {
        return tables.subscriptionCheckouts
                .under(Key.of(tenant))
                .filter(checkout -> !checkout.status().isOver())
                .toList();
    }

    @Override
    public List<SubscriptionCheckout> listToClose(String gateway, Instant now, int limit) {
        return tables.subscriptionCheckouts
                .all()
                .filter(checkout ->
                        checkout.isToBeClosed(now) && checkout.gateway().equals(gateway))
                .sorted(Comparator.comparing(SubscriptionCheckout::expiresAt)
                        .thenComparing(checkout -> checkout.id().toString()))
                .limit(limit)
                .toList();
    }

    @Override
    public Page<SubscriptionCheckout> listUnpaid(String gateway, PageRequest page) {
        var after = page.after().map(told -> Id.parse("after", told).toString());
        var rows = tables.subscriptionCheckouts
                .all()
                .filter(checkout -> isUnpaid(checkout)
                        && checkout.gateway().equals(gateway)
                        && checkout.gatewayId().isPresent())
                .sorted(Comparator.comparing(checkout -> checkout.id().toString()))
                .filter(checkout -> after.filter(
                                last -> checkout.id().toString().compareTo(last) <= 0)
                        .isEmpty())
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(rows, page, checkout -> checkout.id().toString());
    }

    private static boolean isUnpaid(SubscriptionCheckout checkout) {
        return checkout.status() == SubscriptionCheckout.Status.OPEN
                || checkout.status() == SubscriptionCheckout.Status.PAYING;
    }

    private static Key key(SubscriptionCheckout checkout) {
        return Key.of(checkout.tenantId(), checkout.id());
    }
}
