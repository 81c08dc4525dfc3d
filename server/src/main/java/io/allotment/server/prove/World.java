package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Some tenants that act, and their likeness in the model. Each has an account of its own, a member with one, a member
 * without, a member whose account has no subscription, and keys; what they spend is limited.
 */
final class World {

    /** Things that happened and can be talked about again; when there are many, new ones take the place of others. */
    static final class Recent<T> {
        private static final int SIZE = 48;
        private final List<T> things = new ArrayList<>(SIZE);

        synchronized void add(T thing, RandomGenerator random) {
            if (things.size() < SIZE) {
                things.add(thing);
            } else {
                things.set(random.nextInt(SIZE), thing);
            }
        }

        synchronized Optional<T> any(RandomGenerator random) {
            return things.isEmpty() ? Optional.empty() : Optional.of(things.get(random.nextInt(things.size())));
        }
    }

    /** A tenant and what its members talk about. */
    static final class Customer {
        final TenantId tenant;
        final List<AccountId> accounts = new ArrayList<>();
        /** Those of them that have a subscription. */
        final List<AccountId> subscribed = new ArrayList<>();

        final List<Actor> actors = new ArrayList<>();
        final Recent<ReservationId> reservations = new Recent<>();
        final Recent<DecisionId> charges = new Recent<>();
        final Recent<GrantId> grants = new Recent<>();

        Customer(TenantId tenant) {
            this.tenant = tenant;
        }
    }

    final Catalogue catalogue;
    final List<Customer> customers = new ArrayList<>();
    final Model model = new Model();
    private final Allotment allotment;

    World(Allotment allotment, Catalogue catalogue, List<ZoneId> zones) {
        this.allotment = allotment;
        this.catalogue = catalogue;
        zones.forEach(this::open);
    }

    private void open(ZoneId zone) {
        var word = Catalogue.word();
        var profile = new TenantProfile(word, new Slug(word), Optional.empty(), Optional.empty(), zone, Document.EMPTY);
        var tenant = allotment.tenants().create(profile).id();
        var customer = new Customer(tenant);
        var likeness = catalogue.model(tenant.toString());
        customers.add(customer);
        model.tenants.put(tenant.toString(), likeness);

        subscribe(customer, likeness, BillingAccount.idOf(tenant), zone, true);
        var rich = member(tenant);
        var poor = member(tenant);
        var unsubscribed = member(tenant);
        subscribe(customer, likeness, openAccount(tenant, rich), zone, true);
        subscribe(customer, likeness, openAccount(tenant, unsubscribed), zone, false);
        var key = new ApiKeyId(UUID.randomUUID());
        customer.actors.addAll(List.of(
                Actor.system(),
                Actor.user(rich),
                Actor.user(poor),
                Actor.user(unsubscribed),
                Actor.apiKey(key),
                Actor.apiKey(new ApiKeyId(UUID.randomUUID()), rich)));
        limit(customer, likeness, SpendLimit.Spender.of(rich), SpendLimit.Window.CALENDAR_DAY, 60, zone);
        limit(customer, likeness, SpendLimit.Spender.of(poor), SpendLimit.Window.CALENDAR_MONTH, 90, zone);
        limit(customer, likeness, SpendLimit.Spender.of(key), SpendLimit.Window.CALENDAR_MONTH, 70, zone);
    }

    private UserId member(TenantId tenant) {
        var word = Catalogue.word();
        var user =
                allotment.users().create(new Email(word + "@example.org"), word).id();
        allotment.members().add(tenant, user, word, SystemRole.MEMBER.key());
        return user;
    }

    private AccountId openAccount(TenantId tenant, UserId member) {
        return allotment.subscriptions().openMemberAccount(tenant, member).id();
    }

    private void subscribe(
            Customer customer, ModelTenant likeness, AccountId account, ZoneId zone, boolean subscribes) {
        Instant began = null;
        if (subscribes) {
            began = allotment
                    .subscriptions()
                    .subscribe(customer.tenant, account, catalogue.plan())
                    .cycle()
                    .anchor();
        }
        for (int priority : new int[] {10, 100}) {
            var terms = GrantTerms.of(Credits.of(10), GrantSource.PURCHASE).withPriority(priority);
            allotment
                    .credits()
                    .grant(customer.tenant, account, new IdempotencyKey(Catalogue.word()), Actor.system(), terms);
        }
        customer.accounts.add(account);
        if (subscribes) {
            customer.subscribed.add(account);
        }
        likeness.accounts.put(account.toString(), likeness(customer.tenant, account, zone, began));
    }

    /** As it begins: what was granted is given to both alike. */
    private ModelAccount likeness(TenantId tenant, AccountId account, ZoneId zone, Instant began) {
        var now = allotment.clock().instant();
        var grants = allotment
                .credits()
                .listGrants(tenant, account, Optional.empty(), PageRequest.first(100))
                .items();
        var included = grants.stream()
                .filter(grant -> grant.terms().source() == GrantSource.SUBSCRIPTION)
                .findFirst();
        var likeness = new ModelAccount(
                account.toString(),
                zone,
                began,
                included.flatMap(grant -> grant.terms().sourceId()).orElse(null),
                included.map(ModelGrant::new).orElse(null));
        grants.stream().map(ModelGrant::new).forEach(grant -> likeness.credits().grant(grant, "GRANTED", now));
        likeness.credits().written.clear();
        return likeness;
    }

    private void limit(
            Customer customer,
            ModelTenant likeness,
            SpendLimit.Spender spender,
            SpendLimit.Window window,
            long credits,
            ZoneId zone) {
        allotment.spendLimits().set(customer.tenant, spender, window, Credits.of(credits));
        likeness.limits.add(new ModelLimit(
                spender.id().toString(),
                window == SpendLimit.Window.CALENDAR_DAY,
                Credits.of(credits).value(),
                zone,
                allotment.clock().instant()));
    }
}
