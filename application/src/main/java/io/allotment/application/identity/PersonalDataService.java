package io.allotment.application.identity;

import io.allotment.application.access.Acting;
import io.allotment.application.access.Addresses;
import io.allotment.application.access.Owners;
import io.allotment.application.billing.GivingUp;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Pages;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.LastOwner;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.identity.IdentityLink;
import io.allotment.domain.identity.Person;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.Memberships;
import io.allotment.domain.tenancy.Teams;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What is kept of a person, told to them and to the operator; and its erasure, which leaves what was used and loses who it was.
 * Thread-safe.
 */
public final class PersonalDataService {

    /** In which everybody locks more than one. */
    private static final Comparator<TenantId> IN_ORDER = Comparator.comparing(TenantId::value);

    private final Persistence persistence;
    private final Moments moments;
    private final Acting acting;
    private final SignedIn signedIn;
    private final Owners owners;
    private final Addresses addresses;
    private final GivingUp givingUp;

    public PersonalDataService(Persistence persistence, Moments moments, Acting acting, SignedIn signedIn) {
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
        this.signedIn = signedIn;
        this.owners = new Owners(persistence, acting);
        this.addresses = new Addresses(persistence);
        this.givingUp = new GivingUp(persistence, acting);
    }

    /**
     * One thing that is kept.
     *
     * @param kind {@code user}, {@code password}, {@code session}, {@code identity}, {@code platform-role}, {@code membership}, {@code role},
     *     {@code model-preference}, {@code team}, {@code api-key}, {@code purchase}, {@code invoice}, {@code refund}, {@code invitation}, {@code mail}, {@code usage-event} or {@code audit-entry}
     * @param tenantId whose it is; empty for what is the platform's
     * @param values what is kept, but for secrets and the digests of secrets: texts, numbers, truths, documents and lists of such values
     */
    public record Kept(String kind, Optional<TenantId> tenantId, Map<String, Object> values) {}

    /**
     * What was erased.
     *
     * @param memberships how many tenants they were a member of
     * @param auditEntries how many entries of the audit logs had personal values
     * @param customers how many customers of gateways they were: these are erased there later
     */
    public record Erased(int memberships, long auditEntries, int customers) {}

    /** All that is kept of a user, read as it is taken: for operators. Refuses an unknown user ({@link NotFound}) at once. */
    public Stream<Kept> export(UserId id) {
        acting.requireOperator();
        return all(id);
    }

    /** All that is kept of whoever called. */
    public Stream<Kept> exportMine() {
        return all(SessionService.requireUser(acting));
    }

    private Stream<Kept> all(UserId id) {
        var first = persistence.unitOfWork().forPlatform(() -> ofPlatform(require(id)));
        var tenants = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.personalData().tenants(id));
        return Stream.concat(first.stream(), tenants.stream().flatMap(tenant -> ofTenant(tenant, id)));
    }

    // ---- the platform's

    private List<Kept> ofPlatform(User user) {
        var data = persistence.personalData();
        var kept = new ArrayList<Kept>();
        kept.add(new Kept("user", Optional.empty(), told(user)));
        persistence
                .credentials()
                .lock(user.id())
                .ifPresent(password -> kept.add(new Kept(
                        "password", Optional.empty(), new Values().put("changedAt", password.changedAt()).map)));
        data.sessions(user.id()).forEach(one -> kept.add(new Kept("session", Optional.empty(), told(one))));
        persistence
                .externalIdentities()
                .of(user.id())
                .forEach(one -> kept.add(new Kept("identity", Optional.empty(), told(one))));
        persistence
                .platformRoles()
                .of(user.id())
                .forEach(one -> kept.add(new Kept(
                        "platform-role",
                        Optional.empty(),
                        new Values()
                                .put("role", one.role())
                                .put("grantedAt", one.grantedAt())
                                .put("expiresAt", one.expiresAt())
                                .map)));
        var person = addresses.of(user.id());
        data.invitations(person)
                .forEach(one -> kept.add(new Kept("invitation", Optional.of(one.tenantId()), told(one))));
        data.mails(person).forEach(one -> kept.add(new Kept("mail", Optional.empty(), told(one))));
        return kept;
    }

    // ---- a tenant's

    private Stream<Kept> ofTenant(TenantId id, UserId user) {
        var place = persistence.unitOfWork().forTenant(id, () -> place(id, user));
        var bills = persistence.unitOfWork().forTenant(id, () -> bills(id, new AccountId(user.value())));
        var usage = Pages.all(page -> persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.personalData().usage(id, user, page)))
                .map(event -> new Kept("usage-event", Optional.of(id), told(event)));
        var byThem = new AuditFilter(
                TimeRange.ALL,
                Optional.of(user),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        var entries = Pages.all(page -> persistence
                        .unitOfWork()
                        .forTenant(id, () -> persistence.audit().list(Optional.of(id), byThem, page)))
                .map(entry -> new Kept("audit-entry", Optional.of(id), told(entry)));
        return Stream.of(place.stream(), bills.stream(), usage, entries).flatMap(Function.identity());
    }

    private List<Kept> place(TenantId id, UserId user) {
        var tenant = persistence.tenants().find(id);
        var membership = persistence.memberships().find(id, user);
        if (tenant.isEmpty() || membership.isEmpty()) {
            return List.of();
        }
        var kept = new ArrayList<Kept>();
        kept.add(new Kept("membership", Optional.of(id), told(new Memberships.Place(tenant.get(), membership.get()))));
        persistence.roles().of(id, user).forEach(role -> kept.add(new Kept("role", Optional.of(id), told(role))));
        persistence
                .aiPreferences()
                .find(id, Optional.of(user))
                .ifPresent(wish -> kept.add(new Kept("model-preference", Optional.of(id), told(wish))));
        Pages.all(page -> persistence.teams().listPlaces(id, user, page))
                .forEach(team -> kept.add(new Kept("team", Optional.of(id), told(team))));
        Pages.all(page -> persistence.apiKeys().list(id, Optional.of(user), page))
                .forEach(key -> kept.add(new Kept("api-key", Optional.of(id), told(key))));
        return kept;
    }

    /** What was bought for an account of their own. */
    private List<Kept> bills(TenantId id, AccountId own) {
        if (persistence.accounts().find(id, own).isEmpty()) {
            return List.of();
        }
        var kept = new ArrayList<Kept>();
        Pages.all(page -> persistence.creditPurchases().list(id, own, page))
                .forEach(bought -> kept.add(new Kept("purchase", Optional.of(id), told(bought))));
        Pages.all(page -> persistence.invoices().list(id, Invoices.Filter.of(own), page))
                .forEach(invoice -> kept.add(new Kept("invoice", Optional.of(id), told(invoice))));
        Pages.all(page -> persistence.refunds().list(id, Refunds.Filter.of(own), page))
                .forEach(refund -> kept.add(new Kept("refund", Optional.of(id), told(refund))));
        return kept;
    }

    // ---- erasing

    /**
     * Erases a user: they are a member of no tenant any more, their keys end, and nothing tells who they were, the audit logs included, whose
     * chains stay whole. What they used and what was booked stays under their id, which nobody bears any more. What a product wrote about
     * them into texts and metadata of its own is its own to erase. What they could still pay for accounts of their own is given up. That gateways know no
     * more who they are, and let nobody pay for them, is ordered with it, and done later: a gateway that is away keeps nobody from being erased.
     *
     * <p>Refuses an unknown user ({@link NotFound}), and the last owner of a tenant ({@link LastOwner}) but of their tenant of one, which
     * stays without a name and an owner.
     */
    public Erased erase(UserId id) {
        acting.requireOperator();
        var erased = acting.changingCatalogue(() -> {
            // In the order of their ids, as everybody locks more than one.
            var before = persistence.users().tenantsOf(id);
            before.forEach(persistence.tenants()::lockRights);
            var user = persistence.users().lockToDelete(id).orElseThrow(() -> new NotFound("user", id));
            // Where they were taken in meanwhile; from here on they are nowhere.
            var tenants = persistence.users().tenantsOf(id);
            tenants.stream().filter(tenant -> !before.contains(tenant)).forEach(persistence.tenants()::lockRights);
            var own = persistence.tenants().findPersonal(id).map(Tenant::id);
            var accounts = lockAccounts(id, own);
            // Their logs in the same order, after all other locks, as everybody takes them.
            Stream.concat(tenants.stream(), accounts.keySet().stream())
                    .distinct()
                    .sorted(IN_ORDER)
                    .forEach(tenant -> {
                        if (tenants.contains(tenant)) {
                            leave(tenant, user, own.equals(Optional.of(tenant)));
                        }
                        // Nobody would have what it brings.
                        accounts.getOrDefault(tenant, List.of())
                                .forEach(account -> givingUp.allOf(tenant, account.id(), moments.now()));
                    });
            // Before the logs forget the earlier addresses.
            var person = addresses.of(id);
            long entries = eraseFromLogs(person);
            int customers = orderAtGateways(id, own);
            persistence.personalData().erase(person);
            var done = new Erased(tenants.size(), entries, customers);
            acting.record(AuditEvent.of("user.erased", "user", id)
                    .to(AuditValues.of("memberships", done.memberships())
                            .and("auditEntries", done.auditEntries())
                            .and("customers", done.customers())
                            .map()));
            return done;
        });
        signedIn.changed();
        return erased;
    }

    /** The accounts that they are, and all of their tenant of one; locked in the order of their tenants. */
    private SortedMap<TenantId, List<BillingAccount>> lockAccounts(UserId id, Optional<TenantId> own) {
        var theirs = new TreeMap<TenantId, List<BillingAccount>>(IN_ORDER);
        persistence.personalData().accounts(id).forEach(account -> theirs.put(account.tenantId(), List.of(account)));
        own.ifPresent(tenant -> theirs.put(
                tenant,
                Pages.all(page -> persistence.accounts().list(tenant, page)).toList()));
        theirs.forEach((tenant, accounts) ->
                accounts.forEach(account -> persistence.accounts().lock(tenant, account.id())));
        return theirs;
    }

    private void leave(TenantId tenant, User user, boolean isOwn) {
        if (!isOwn) {
            persistence.memberships().find(tenant, user.id()).ifPresent(owners::requireAnother);
        }
        persistence.memberships().remove(tenant, user.id());
        acting.record(tenant, AuditEvent.of("member.erased", "member", user.id()));
    }

    /** Their tenant of one is called by their name there, too. */
    private int orderAtGateways(UserId id, Optional<TenantId> own) {
        var erasures = persistence.customerErasures();
        return erasures.orderOf(id, moments.now())
                + own.map(tenant -> erasures.orderOf(tenant, moments.now())).orElse(0);
    }

    private long eraseFromLogs(Person person) {
        return persistence.audit().erase(Optional.empty(), person.id(), person.names())
                + persistence.audit().eraseOfTenants(person.id(), person.names());
    }

    private User require(UserId id) {
        return persistence.users().find(id).orElseThrow(() -> new NotFound("user", id));
    }

    // ---- in words

    /** Values by name, in the order they are put; what is not there is left out. */
    private static final class Values {
        private final Map<String, Object> map = new LinkedHashMap<>();

        Values put(String name, Object value) {
            if (value instanceof Optional<?> optional) {
                optional.ifPresent(present -> put(name, present));
            } else if (value instanceof Boolean
                    || value instanceof Number
                    || value instanceof Document
                    || value instanceof List) {
                map.put(name, value);
            } else {
                map.put(name, value.toString());
            }
            return this;
        }
    }

    private static Map<String, Object> told(CreditPurchase bought) {
        return new Values()
                .put("id", bought.id())
                .put("product", bought.product())
                .put("amountMinor", bought.price().amountMinor())
                .put("currency", bought.price().currency())
                .put("paymentReference", bought.payment().map(CreditPurchase.Payment::reference))
                .put("createdAt", bought.createdAt())
                .map;
    }

    private static Map<String, Object> told(Invoice invoice) {
        var told = invoice.told();
        return new Values()
                .put("id", invoice.id())
                .put("gateway", invoice.gateway())
                .put("gatewayId", told.id())
                .put("customer", told.customerId())
                .put("number", told.number())
                .put("status", told.status())
                .put(
                        "lines",
                        told.lines().stream()
                                .map(GatewayInvoice.Line::description)
                                .toList())
                .put("currency", told.currency())
                .put("totalMinor", told.totalMinor())
                .put("paidMinor", told.paidMinor())
                .put("refundedMinor", invoice.refundedMinor())
                .put("paymentId", told.paymentId())
                .put("paymentReference", invoice.paymentReference())
                .put("hostedUrl", told.hostedUrl())
                .put("receiptUrl", told.receiptUrl())
                .put("issuedAt", told.createdAt())
                .put("paidAt", told.paidAt())
                .map;
    }

    private static Map<String, Object> told(Refund refund) {
        return new Values()
                .put("id", refund.id())
                .put("gateway", refund.gateway())
                .put("gatewayId", refund.gatewayId())
                .put("paymentId", refund.paymentId())
                .put("invoice", refund.invoice())
                .put("amountMinor", refund.amount().amountMinor())
                .put("currency", refund.amount().currency())
                .put("status", refund.status())
                .put("reason", refund.reason())
                .put("createdAt", refund.createdAt())
                .map;
    }

    private static Map<String, Object> told(User user) {
        var profile = user.profile();
        return new Values()
                .put("id", user.id())
                .put("email", user.email().value())
                .put("displayName", profile.displayName())
                .put("fullName", profile.fullName())
                .put("avatarUrl", profile.avatarUrl())
                .put("timeZone", profile.timeZone())
                .put("language", profile.language())
                .put("active", user.active())
                .put("onboardedAt", user.onboardedAt())
                .put("lastLoginAt", user.lastLoginAt())
                .put("createdAt", user.createdAt())
                .put("updatedAt", user.updatedAt())
                .map;
    }

    private static Map<String, Object> told(Session session) {
        return new Values()
                .put("id", session.id())
                .put("ipAddress", session.ipAddress())
                .put("userAgent", session.userAgent())
                .put("createdAt", session.createdAt())
                .put("lastUsedAt", session.lastUsedAt())
                .put("expiresAt", session.expiresAt())
                .put("revokedAt", session.revokedAt())
                .map;
    }

    private static Map<String, Object> told(IdentityLink link) {
        return new Values()
                .put("issuer", link.issuer())
                .put("subject", link.subject())
                .put("createdAt", link.createdAt())
                .put("lastLoginAt", link.lastLoginAt())
                .map;
    }

    private static Map<String, Object> told(Memberships.Place place) {
        var membership = place.membership();
        return new Values()
                .put("tenantName", place.tenant().profile().name())
                .put("displayName", membership.displayName())
                .put("status", membership.status())
                .put("settings", membership.settings())
                .put("createdAt", membership.createdAt())
                .put("updatedAt", membership.updatedAt())
                .map;
    }

    private static Map<String, Object> told(RoleAssignment role) {
        return new Values()
                .put("role", role.role())
                .put("grantedAt", role.grantedAt())
                .put("expiresAt", role.expiresAt())
                .map;
    }

    private static Map<String, Object> told(ModelPreference wish) {
        return new Values()
                .put("provider", wish.provider())
                .put("model", wish.model())
                .put("tone", wish.tone())
                .put("language", wish.language())
                .put("settings", wish.settings())
                .map;
    }

    private static Map<String, Object> told(Teams.Place place) {
        return new Values()
                .put("team", place.team().name())
                .put("role", place.membership().role())
                .put("createdAt", place.membership().createdAt())
                .map;
    }

    private static Map<String, Object> told(ApiKey key) {
        return new Values()
                .put("id", key.id())
                .put("name", key.settings().name())
                .put("createdAt", key.createdAt())
                .map;
    }

    private static Map<String, Object> told(Invitation invitation) {
        return new Values()
                .put("id", invitation.id())
                .put("email", invitation.email().value())
                .put("role", invitation.role())
                .put("createdAt", invitation.createdAt())
                .put("expiresAt", invitation.expiresAt())
                .put("acceptedAt", invitation.acceptedAt())
                .put("revokedAt", invitation.revokedAt())
                .map;
    }

    /** Without the body, which may hold what lets its bearer in. */
    private static Map<String, Object> told(Mail mail) {
        return new Values()
                .put("id", mail.id())
                .put("recipient", mail.recipient().value())
                .put("subject", mail.subject())
                .put("createdAt", mail.createdAt())
                .put("sentAt", mail.sentAt())
                .map;
    }

    private static Map<String, Object> told(UsageEvent event) {
        return new Values()
                .put("id", event.id())
                .put("at", event.at())
                .put("account", event.accountId())
                .put(
                        "lines",
                        event.lines().stream()
                                .map(line -> new Values()
                                        .put("operation", line.operation())
                                        .put("quantity", line.quantity())
                                        .put("credits", line.credits())
                                        .map)
                                .toList())
                .put("credits", event.credits())
                .put("relatedType", event.relatedTo().map(entity -> entity.type()))
                .put("relatedId", event.relatedTo().map(entity -> entity.id()))
                .put("model", event.model())
                .put("metadata", event.metadata())
                .map;
    }

    private static Map<String, Object> told(AuditEntry entry) {
        return new Values()
                .put("sequence", entry.sequence())
                .put("at", entry.at())
                .put("action", entry.event().action())
                .put("entityType", entry.event().entityType())
                .put("entityId", entry.event().entityId())
                .put("before", entry.event().before())
                .put("after", entry.event().after())
                .put("personal", entry.personal().map(personal -> personal.values()))
                .map;
    }
}
