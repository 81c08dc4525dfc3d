package io.allotment.persistence.memory;

import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.identity.Person;
import io.allotment.domain.identity.PersonalData;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsagePosition;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

final class MemoryPersonalData implements PersonalData {

    private static final String WHAT = "what is kept of a person";

    private final Tables tables;

    MemoryPersonalData(Tables tables) {
        this.tables = tables;
    }

    @Override
    public List<Session> sessions(UserId user) {
        tables.requirePlatform(WHAT);
        return tables.sessions.under(Key.of(user)).toList();
    }

    @Override
    public List<Invitation> invitations(Person person) {
        tables.requirePlatform(WHAT);
        return tables.invitations
                .all()
                .filter(isOf(person))
                .sorted(Comparator.comparing(invitation -> invitation.id().toString()))
                .toList();
    }

    private static Predicate<Invitation> isOf(Person person) {
        return invitation -> person.addresses().contains(invitation.email())
                || invitation.acceptedBy().equals(Optional.of(person.id()));
    }

    @Override
    public List<Mail> mails(Person person) {
        tables.requirePlatform(WHAT);
        return tables.mails
                .all()
                .filter(mail -> person.addresses().contains(mail.recipient()))
                .toList();
    }

    @Override
    public List<TenantId> tenants(UserId user) {
        tables.requirePlatform(WHAT);
        return tables.tenants
                .all()
                .map(Tenant::id)
                .filter(tenant -> tables.memberships.holds(Key.of(tenant, user))
                        || tables.events.under(Key.of(tenant)).anyMatch(event -> isBy(user, event))
                        || tables.audit
                                .under(Key.of(tenant))
                                .anyMatch(entry -> entry.actor().member().equals(Optional.of(user))))
                .toList();
    }

    @Override
    public List<BillingAccount> accounts(UserId user) {
        tables.requirePlatform(WHAT);
        return tables.accounts
                .all()
                .filter(account -> account.id().equals(BillingAccount.idOf(user)))
                .toList();
    }

    @Override
    public Page<UsageEvent> usage(TenantId tenant, UserId user, PageRequest page) {
        tables.requirePlatform(WHAT);
        var after = page.after().map(UsagePosition::read);
        var rows = tables.events
                .under(Key.of(tenant))
                .filter(event -> isBy(user, event))
                .filter(event -> after.map(seen -> UsagePosition.of(event).compareTo(seen) > 0)
                        .orElse(true))
                .sorted(Comparator.comparing(UsagePosition::of))
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(rows, page, event -> UsagePosition.of(event).toString());
    }

    private boolean isBy(UserId user, UsageEvent event) {
        return event.actor().member().equals(Optional.of(user))
                || event.actor()
                        .key()
                        .flatMap(key -> tables.apiKeys.find(Key.of(event.tenantId(), key)))
                        .flatMap(ApiKey::owner)
                        .equals(Optional.of(user));
    }

    @Override
    public void erase(Person person) {
        tables.requirePlatform(WHAT);
        var user = person.id();
        tables.invitations.all().filter(isOf(person)).toList().forEach(invitation -> {
            var key = Key.of(invitation.tenantId(), invitation.id());
            tables.invitations.remove(key);
            tables.invitationTokens.remove(key);
        });
        tables.mails.removeIf(mail -> person.addresses().contains(mail.recipient()));
        tables.tenantRequests.removeIf(request -> names(request, person));
        tables.platformRequests.removeIf(request -> names(request, person));
        tables.tenants
                .all()
                .toList()
                .forEach(tenant -> tables.modelPreferences.remove(Key.of(tenant.id(), user.toString())));
        tables.paymentEvents
                .all()
                .filter(event -> names(event.payload(), person))
                .toList()
                .forEach(event -> tables.paymentEvents.put(MemoryPaymentEvents.key(event), event.erased()));
        tables.invoices
                .all()
                .filter(invoice -> isTheirs(user, invoice.tenantId(), invoice.accountId()))
                .toList()
                .forEach(invoice ->
                        tables.invoices.put(Key.of(invoice.tenantId(), invoice.id()), invoice.withoutPages()));
        tables.creditPurchases
                .all()
                .filter(purchase -> isTheirs(user, purchase.tenantId(), purchase.accountId()))
                .toList()
                .forEach(purchase ->
                        tables.creditPurchases.put(Key.of(purchase.tenantId(), purchase.id()), purchase.withoutPage()));
        tables.subscriptionCheckouts
                .all()
                .filter(checkout -> isTheirs(user, checkout.tenantId(), checkout.accountId()))
                .toList()
                .forEach(checkout -> tables.subscriptionCheckouts.put(
                        Key.of(checkout.tenantId(), checkout.id()), checkout.withoutPage()));
        eraseTenantOfOne(user);
        tables.credentials.remove(Key.of(user));
        tables.passwordResets.removeIf(reset -> reset.userId().equals(user));
        tables.sessions.removeUnder(Key.of(user));
        tables.sessionsByToken.removeIf(key -> tables.sessions.find(key).isEmpty());
        tables.identityLinks.removeIf(link -> link.userId().equals(user));
        tables.users.find(Key.of(user)).map(User::email).ifPresent(email -> tables.usersByEmail.remove(Key.of(email)));
        tables.users.remove(Key.of(user));
    }

    /** The account that they are, or any of their tenant of one. */
    private boolean isTheirs(UserId user, TenantId tenant, AccountId account) {
        return account.value().equals(user.value())
                || tables.persons
                        .find(Key.of(tenant))
                        .filter(person -> person.userId().equals(user))
                        .isPresent();
    }

    private static boolean names(Tables.Request request, Person person) {
        return names(request.answer(), person);
    }

    private static boolean names(Optional<String> text, Person person) {
        var lower = text.orElse("").toLowerCase(Locale.ROOT);
        return person.names().stream().anyMatch(lower::contains);
    }

    private void eraseTenantOfOne(UserId user) {
        tables.persons
                .all()
                .filter(person -> person.userId().equals(user))
                .toList()
                .forEach(person -> {
                    var key = Key.of(person.tenantId());
                    tables.persons.remove(key);
                    var tenant = tables.tenants.find(key).orElseThrow();
                    tables.tenants.put(key, nameless(tenant));
                });
    }

    private static Tenant nameless(Tenant tenant) {
        var profile = new TenantProfile(
                "Erased " + tenant.id(),
                new Slug("erased-" + tenant.id()),
                Optional.empty(),
                Optional.empty(),
                tenant.profile().timeZone(),
                Document.EMPTY);
        return tenant.with(profile, tenant.updatedAt());
    }
}
