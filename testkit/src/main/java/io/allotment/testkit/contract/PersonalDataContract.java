package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.billing.ManualInvoiceService;
import io.allotment.application.identity.PersonalDataService.Kept;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.LastOwner;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.ManualInvoice;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.IdentityLink;
import io.allotment.domain.identity.Person;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.identity.UserProfile;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsagePosition;
import io.allotment.testkit.Fixtures;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Everything that is kept of a person is told to them; erased, usage stays and the person is gone. */
public abstract class PersonalDataContract extends GateContract {

    private User ada;
    private String word;
    private TenantId personal;

    @BeforeEach
    void somebodyWithEverything() {
        word = Fixtures.word();
        ada = allotment
                .users()
                .create(
                        new Email(word + "@example.org"),
                        new UserProfile(
                                "Ada " + word,
                                Optional.of("Ada King " + word),
                                Optional.empty(),
                                ZoneId.of("UTC"),
                                "en"));
        allotment.members().add(tenant.id(), ada.id(), "Countess " + word, SystemRole.MEMBER.key());
        given.member(tenant, SystemRole.OWNER);
        var team = allotment.teams().create(tenant.id(), new TeamService.Profile("Engines " + word, Optional.empty()));
        allotment.teams().putMember(tenant.id(), team.id(), ada.id(), TeamMembership.Role.LEAD);
        var origin = new Origin(Optional.of("192.0.2.7"), Optional.of("Engine " + word), Optional.empty());
        allotment
                .as(Caller.user(ada.id(), origin))
                .apiKeys()
                .create(
                        tenant.id(),
                        ApiKey.Wish.of("live", ApiKeySettings.of("Key", Set.of(new PermissionKey("gate:use"))))
                                .ownedBy(ada.id()));
        allotment
                .invitations()
                .invite(
                        given.tenant().id(),
                        InvitationService.Wanted.of(ada.email().value(), "member"));
        personal = allotment.tenants().createPersonal(ada.id()).id();
        allotment.modelPreferences().set(tenant.id(), ada.id(), toned("Tone " + word));
        inPlatform(() -> {
            persistence.credentials().save(Credential.set(ada.id(), "no-hash-" + word, true, START));
            persistence
                    .externalIdentities()
                    .insert(new IdentityLink("https://issuer.example", "subject-" + word, ada.id(), START, START));
            var token = new byte[32];
            new SecureRandom().nextBytes(token);
            persistence.sessions().insert(Session.begun(new SessionId(ids.next()), ada.id(), origin, START), token);
            persistence.mails().append(Mail.to(ids.next(), ada.email(), "Hello " + word, "Dear " + word, START));
        });
        allotment
                .gate()
                .consume(
                        tenant.id(),
                        Fixtures.key(),
                        Charge.of(credit, Quantity.of(7)).by(Actor.user(ada.id())));
    }

    private static ModelPreference toned(String tone) {
        return new ModelPreference(
                Optional.empty(), Optional.empty(), Optional.of(tone), Optional.of("en"), Document.of("emoji", false));
    }

    /** As all ports know her just now. */
    private Person known() {
        return new Person(ada.id(), Set.of(ada.email()));
    }

    @Test
    void everything_that_is_kept_is_told_but_for_secrets() {
        var kept = allotment.personalData().export(ada.id()).toList();

        assertThat(kept)
                .extracting(Kept::kind)
                .contains(
                        "user",
                        "password",
                        "session",
                        "identity",
                        "membership",
                        "role",
                        "model-preference",
                        "team",
                        "api-key",
                        "invitation",
                        "mail",
                        "usage-event",
                        "audit-entry");
        assertThat(values(kept, "user").get("email")).isEqualTo(ada.email().value());
        assertThat(values(kept, "user").get("fullName")).isEqualTo("Ada King " + word);
        assertThat(values(kept, "session").get("ipAddress")).isEqualTo("192.0.2.7");
        assertThat(values(kept, "identity").get("subject")).isEqualTo("subject-" + word);
        assertThat(values(kept, "model-preference"))
                .containsEntry("tone", "Tone " + word)
                .containsEntry("language", "en")
                .containsEntry("settings", Document.of("emoji", false));
        assertThat(values(kept, "team").get("role")).isEqualTo("LEAD");
        assertThat(values(kept, "usage-event").get("credits")).isEqualTo("7");
        assertThat(kept.toString()).doesNotContain("no-hash-", "Dear ");
    }

    @Test
    void people_are_told_of_themselves_alone_and_operators_of_everybody() {
        var other = given.user();
        var hers = allotment.as(Caller.user(ada.id(), Origin.HERE));
        var others = allotment.as(Caller.user(other.id(), Origin.HERE));

        assertThat(hers.personalData().exportMine().toList())
                .isEqualTo(allotment.personalData().export(ada.id()).toList());
        assertThat(others.personalData().exportMine().toList().toString()).doesNotContain(word);
        assertThatThrownBy(() -> others.personalData().export(ada.id())).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> hers.personalData().erase(ada.id())).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> allotment.personalData().exportMine()).isInstanceOf(Forbidden.class);
    }

    @Test
    void erased_the_person_is_gone_and_what_they_used_stays() {
        var before = allotment.usage().list(tenant.id(), UsageFilter.ALL, FIRST).items();

        var erased = allotment.personalData().erase(ada.id());

        assertThat(erased.memberships()).isEqualTo(2);
        assertThat(erased.auditEntries()).isPositive();
        assertThatThrownBy(() -> allotment.personalData().export(ada.id())).isInstanceOf(NotFound.class);
        assertThat(allotment.users().findByEmail(ada.email())).isEmpty();
        assertThat(allotment.usage().list(tenant.id(), UsageFilter.ALL, FIRST).items())
                .isEqualTo(before);
        assertThat(before.get(0).actor()).isEqualTo(Actor.user(ada.id()));
        inPlatform(() -> {
            assertThat(persistence.memberships().find(tenant.id(), ada.id())).isEmpty();
            assertThat(persistence
                            .apiKeys()
                            .list(tenant.id(), Optional.of(ada.id()), FIRST)
                            .items())
                    .isEmpty();
            assertThat(persistence.externalIdentities().find("https://issuer.example", "subject-" + word))
                    .isEmpty();
            assertThat(persistence.credentials().lock(ada.id())).isEmpty();
            assertThat(persistence.personalData().sessions(ada.id())).isEmpty();
            assertThat(persistence.personalData().mails(known())).isEmpty();
            assertThat(persistence.personalData().invitations(known())).isEmpty();
            assertThat(persistence.aiPreferences().find(tenant.id(), Optional.of(ada.id())))
                    .isEmpty();
        });
        assertThat(allPages(200, page -> allotment.audit().list(tenant.id(), AuditFilter.ALL, page)))
                .allSatisfy(entry -> assertThat(entry.personal()
                                .map(AuditEntry.Personal::values)
                                .toString())
                        .doesNotContain(word, "192.0.2.7"));
        assertThat(allotment.gate().verify().violations())
                .noneMatch(violation -> violation
                        .tenantId()
                        .map(Set.of(tenant.id(), personal)::contains)
                        .orElse(true));
    }

    @Test
    void what_was_billed_to_their_own_account_is_told_and_stays_without_what_leads_to_them() {
        var own = allotment
                .subscriptions()
                .openMemberAccount(tenant.id(), ada.id())
                .id();
        var line = new GatewayInvoice.Line("Advice", 1, 500, Optional.empty(), Optional.empty());
        var written = allotment
                .manualInvoices()
                .create(
                        tenant.id(),
                        own,
                        new ManualInvoice(Optional.of("N-1"), "EUR", List.of(line), 0, Optional.empty()),
                        false,
                        Optional.of(new ManualInvoiceService.Payment(Optional.of("bank 17"), Optional.empty())));
        var told = written.told();
        var paged = paged(tenant.id(), own, told);
        inTenant(tenant.id(), () -> persistence.invoices().insert(paged));
        var ofTheirTenant = paged(personal, BillingAccount.idOf(personal), told);
        inTenant(personal, () -> persistence.invoices().insert(ofTheirTenant));
        var page = new Checkout(
                "text",
                "cs-" + word,
                Optional.of("https://pay.example/c/" + word),
                Optional.empty(),
                clock.instant().plusSeconds(60));
        var checkout = SubscriptionCheckout.ordered(
                        tenant.id(), new CheckoutId(ids.next()), own, "text", clock.instant())
                .at(page);
        inTenant(tenant.id(), () -> persistence.subscriptionCheckouts().insert(checkout));
        var naming = event("{\"email\": \"" + ada.email().value().toUpperCase(Locale.ROOT) + "\"}");
        var other = event("{}");

        var kept = allotment.personalData().export(ada.id()).toList();
        assertThat(kept)
                .filteredOn(one -> one.kind().equals("invoice"))
                .extracting(one -> one.values().get("paymentReference") + " "
                        + one.values().get("hostedUrl"))
                .containsExactlyInAnyOrder("bank 17 null", "pay-" + word + " https://pay.example/" + word);

        allotment.personalData().erase(ada.id());

        assertThat(inTenant(tenant.id(), () -> persistence.invoices().find(tenant.id(), paged.id())))
                .contains(paged.withoutPages());
        assertThat(inTenant(personal, () -> persistence.invoices().find(personal, ofTheirTenant.id())))
                .contains(ofTheirTenant.withoutPages());
        assertThat(inTenant(
                        tenant.id(), () -> persistence.subscriptionCheckouts().find(tenant.id(), checkout.id())))
                .contains(checkout.canceled(clock.instant()).withoutPage());
        assertThat(inPlatform(() -> persistence.paymentEvents().find("text", naming.id())))
                .contains(naming.erased());
        assertThat(inPlatform(() -> persistence.paymentEvents().find("text", other.id())))
                .contains(other);
    }

    /** Of a gateway that has pages for it. */
    private Invoice paged(TenantId tenant, AccountId account, GatewayInvoice told) {
        return new Invoice(
                tenant,
                new InvoiceId(ids.next()),
                account,
                "text",
                new GatewayInvoice(
                        "in-" + word,
                        told.customerId(),
                        told.subscriptionId(),
                        told.number(),
                        told.status(),
                        told.reason(),
                        told.period(),
                        told.currency(),
                        told.totalMinor(),
                        told.paidMinor(),
                        told.taxMinor(),
                        Optional.of("pay-" + word),
                        1,
                        Optional.of("https://pay.example/" + word),
                        Optional.of("https://pay.example/receipts/" + word),
                        told.lines(),
                        told.createdAt(),
                        told.paidAt(),
                        told.asOf()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                clock.instant());
    }

    private StoredEvent event(String payload) {
        var delivery = new BillingGateway.Delivery("evt-" + Fixtures.word(), "changed", START, payload);
        var event = StoredEvent.received("text", delivery, START);
        inPlatform(() -> persistence.paymentEvents().insert(event));
        return event;
    }

    @Test
    void what_is_tried_while_somebody_in_it_is_erased_does_not_bring_its_payload_back() {
        var naming = event("{\"id\": \"" + ada.id() + "\"}");
        var late = naming.failed("away", START);
        var trying = new CompletableFuture<Boolean>();

        inPlatform(() -> {
            allotment.personalData().erase(ada.id());
            // Waits for the erasure's end, be it for the row.
            trying.completeAsync(
                    () -> inPlatform(() -> persistence.paymentEvents().update(late)));
        });

        assertThat(trying.join()).isFalse();
        assertThat(stored(naming)).isEqualTo(naming.erased());
        for (var again : List.of(naming.delayed("away", START), naming.unknown("nobody", START))) {
            assertThat(inPlatform(() -> persistence.paymentEvents().update(again)))
                    .isFalse();
        }
        assertThat(stored(naming)).isEqualTo(naming.erased());
        var applied = naming.applied(START);
        assertThat(inPlatform(() -> persistence.paymentEvents().update(applied)))
                .as("without a payload it says what came of it")
                .isTrue();
        assertThat(stored(naming)).isEqualTo(applied);
    }

    private StoredEvent stored(StoredEvent event) {
        return inPlatform(() -> persistence.paymentEvents().find(event.gateway(), event.id()))
                .orElseThrow();
    }

    @Test
    void their_tenant_of_one_stays_without_a_name() {
        allotment.personalData().erase(ada.id());

        var nameless = allotment.tenants().get(personal);
        assertThat(nameless.profile().name()).isEqualTo("Erased " + personal);
        assertThat(nameless.slug().value()).isEqualTo("erased-" + personal);
        assertThat(inPlatform(() -> persistence.tenants().findPersonal(ada.id())))
                .isEmpty();
    }

    @Test
    void the_address_is_free_again_and_nobody_is_found_by_what_was_theirs() {
        allotment.personalData().erase(ada.id());

        var another = allotment.users().create(ada.email(), "Somebody else");

        assertThat(another.id()).isNotEqualTo(ada.id());
        assertThat(allotment.personalData().export(another.id()).toList())
                .extracting(Kept::kind)
                .containsExactly("user");
    }

    @Test
    void what_stands_under_an_earlier_address_is_told_and_erased_too() {
        var before = ada.email();
        var inviting = given.tenant().id();
        allotment.invitations().invite(inviting, InvitationService.Wanted.of(before.value(), "member"));
        var key = Fixtures.key();
        allotment.requests().once(Optional.of(tenant.id()), key, "f", () -> "hello " + before);
        renamed("second-" + before);
        renamed("third-" + before);
        var person = new Person(ada.id(), Set.of(before));

        assertThat(allotment.personalData().export(ada.id()).toList())
                .filteredOn(kept -> kept.values().containsValue(before.value()))
                .extracting(Kept::kind)
                .contains("invitation", "mail");
        allotment.personalData().erase(ada.id());

        inPlatform(() -> {
            assertThat(persistence.personalData().mails(person)).isEmpty();
            assertThat(persistence.personalData().invitations(person)).isEmpty();
        });
        assertThat(told(inviting)).doesNotContain(before.value());
        assertThat(allotment
                        .requests()
                        .once(Optional.of(tenant.id()), key, "f", () -> "new")
                        .text())
                .isEqualTo("new");
    }

    @Test
    void erased_from_the_logs_they_are_under_earlier_addresses_too() {
        var before = ada.email();
        var inviting = given.tenant().id();
        allotment.invitations().invite(inviting, InvitationService.Wanted.of(before.value(), "member"));
        renamed("second-" + before);
        assertThat(told(inviting)).contains(before.value());

        allotment.audit().erasePersonalValues(ada.id());

        assertThat(told(inviting)).doesNotContain(before.value());
    }

    @Test
    void an_earlier_address_that_is_somebody_elses_today_is_theirs() {
        var before = ada.email();
        renamed("second-" + before);
        var grace = allotment.users().create(before, "Grace");
        var theirs = allotment.personalData().export(grace.id()).toList();
        assertThat(theirs).extracting(Kept::kind).contains("mail", "invitation");

        assertThat(allotment.personalData().export(ada.id()).toList())
                .extracting(Kept::kind)
                .doesNotContain("mail", "invitation");
        allotment.personalData().erase(ada.id());

        assertThat(allotment.personalData().export(grace.id()).toList()).isEqualTo(theirs);
    }

    private void renamed(String address) {
        allotment.users().update(ada.id(), Optional.empty(), Optional.of(new Email(address)), profile -> profile);
    }

    /** The personal values of a tenant's log. */
    private String told(TenantId id) {
        return allPages(200, page -> allotment.audit().list(id, AuditFilter.ALL, page)).stream()
                .map(entry -> entry.personal().map(AuditEntry.Personal::values).toString())
                .toList()
                .toString();
    }

    @Test
    void tenants_that_know_somebody_are_visited_alone_also_where_they_left() {
        var unknown = given.tenant().id();
        var left = given.tenant();
        allotment.members().add(left.id(), ada.id(), "Ada", SystemRole.ADMIN.key());
        given.member(left, SystemRole.OWNER);
        allotment
                .as(Caller.user(ada.id(), Origin.HERE))
                .invitations()
                .invite(left.id(), InvitationService.Wanted.of(Fixtures.word() + "@example.org", "member"));
        allotment.members().remove(left.id(), ada.id());
        var used = given.tenantWith(100).id();
        allotment.members().add(used, ada.id(), "Ada", SystemRole.MEMBER.key());
        var charge = Charge.of(credit, Quantity.of(3)).by(Actor.user(ada.id()));
        assertThat(allotment.gate().consume(used, Fixtures.key(), charge).allowed())
                .isTrue();
        allotment.members().remove(used, ada.id());
        allotment.members().remove(tenant.id(), ada.id());

        assertThat(inPlatform(() -> persistence.personalData().tenants(ada.id())))
                .contains(tenant.id(), left.id(), used, personal)
                .doesNotContain(unknown)
                .isSortedAccordingTo(Comparator.comparing(TenantId::toString));
        var kept = allotment.personalData().export(ada.id()).toList();
        assertThat(kept)
                .filteredOn(one -> one.tenantId().equals(Optional.of(tenant.id())))
                .extracting(Kept::kind)
                .contains("usage-event")
                .doesNotContain("membership", "model-preference");
        assertThat(kept)
                .filteredOn(one -> one.tenantId().equals(Optional.of(left.id())))
                .extracting(Kept::kind)
                .containsOnly("audit-entry");
        assertThat(kept)
                .filteredOn(one -> one.tenantId().equals(Optional.of(used)))
                .extracting(Kept::kind)
                .containsExactly("usage-event");
    }

    @Test
    void usage_of_their_keys_is_told_after_they_left() {
        var key = inPlatform(() -> persistence
                        .apiKeys()
                        .list(tenant.id(), Optional.of(ada.id()), FIRST)
                        .items())
                .get(0)
                .id();
        var charge = Charge.of(credit, Quantity.of(3)).by(Actor.apiKey(key, ada.id()));
        allotment.gate().consume(tenant.id(), Fixtures.key(), charge);

        allotment.members().remove(tenant.id(), ada.id());

        assertThat(allotment.personalData().export(ada.id()).toList())
                .filteredOn(one -> one.kind().equals("usage-event"))
                .extracting(one -> one.values().get("credits"))
                .containsExactlyInAnyOrder("7", "3");
    }

    @Test
    void usage_is_told_in_pages_oldest_first_whether_by_themselves_or_by_a_key() {
        var key = inPlatform(() -> persistence
                        .apiKeys()
                        .list(tenant.id(), Optional.of(ada.id()), FIRST)
                        .items())
                .get(0)
                .id();
        var actors = List.of(Actor.user(ada.id()), Actor.apiKey(key, ada.id()), Actor.apiKey(key), Actor.system());
        for (int i = 0; i < 12; i++) {
            // Some of them at the same time.
            clock.advance(Duration.ofSeconds(i % 3));
            allotment
                    .gate()
                    .consume(
                            tenant.id(),
                            Fixtures.key(),
                            Charge.of(credit, Quantity.of(1)).by(actors.get(i % 4)));
        }
        var all = inTenant(() -> persistence.usage().list(tenant.id(), UsageFilter.ALL, FIRST))
                .items();
        var hers = all.stream()
                .filter(event -> !event.actor().equals(Actor.system()))
                .sorted(Comparator.comparing(UsagePosition::of))
                .toList();
        assertThat(hers).hasSize(10);

        assertListingHolds(
                hers, page -> inPlatform(() -> persistence.personalData().usage(tenant.id(), ada.id(), page)));
    }

    @Test
    void answers_that_name_them_are_not_kept() {
        var key = Fixtures.key();
        var other = Fixtures.key();
        allotment.requests().once(Optional.of(tenant.id()), key, "f", () -> "hello " + ada.email());
        allotment.requests().once(Optional.empty(), key, "f", () -> "hello " + ada.id());
        allotment.requests().once(Optional.of(tenant.id()), other, "f", () -> "hello you");

        allotment.personalData().erase(ada.id());

        assertThat(allotment
                        .requests()
                        .once(Optional.of(tenant.id()), key, "f", () -> "new")
                        .text())
                .isEqualTo("new");
        assertThat(allotment
                        .requests()
                        .once(Optional.empty(), key, "f", () -> "new")
                        .text())
                .isEqualTo("new");
        assertThat(allotment
                        .requests()
                        .once(Optional.of(tenant.id()), other, "f", () -> "new")
                        .text())
                .isEqualTo("hello you");
    }

    @Test
    void a_tenants_last_owner_is_not_erased_and_nothing_happens() {
        var other = given.tenant().id();
        allotment.members().add(other, ada.id(), "Ada", SystemRole.OWNER.key());
        var before = allotment.personalData().export(ada.id()).toList();

        assertThatThrownBy(() -> allotment.personalData().erase(ada.id())).isInstanceOf(LastOwner.class);

        assertThat(allotment.personalData().export(ada.id()).toList()).isEqualTo(before);
    }

    @Test
    void who_is_taken_into_tenants_meanwhile_is_erased_there_too_or_not_taken_in() {
        for (int round = 0; round < 3; round++) {
            var user = given.user().id();
            var tenants = Stream.generate(() -> given.tenant().id()).limit(4).toList();

            var results = Together.run(
                    5,
                    thread -> thread == 0
                            ? allotment.personalData().erase(user)
                            : allotment.members().add(tenants.get(thread - 1), user, "Ada", SystemRole.MEMBER.key()));

            assertThat(results.get(0).value()).isPresent();
            assertThat(results)
                    .flatExtracting(result -> result.failure().stream().toList())
                    .allMatch(failure -> failure instanceof Unknown);
            for (var id : tenants) {
                assertThat(inTenant(id, () -> persistence.memberships().find(id, user)))
                        .isEmpty();
            }
        }
    }

    @Test
    void nobody_else_loses_anything() {
        var grace = given.user();
        allotment.members().add(tenant.id(), grace.id(), "Grace", SystemRole.MEMBER.key());
        var before = allotment.personalData().export(grace.id()).toList();

        allotment.personalData().erase(ada.id());

        assertThat(allotment.personalData().export(grace.id()).toList()).isEqualTo(before);
    }

    @Test
    void somebody_there_is_not_is_not_found() {
        allotment.personalData().erase(ada.id());

        assertThatThrownBy(() -> allotment.personalData().erase(ada.id())).isInstanceOf(NotFound.class);
    }

    @Test
    void what_is_undone_erases_nothing() {
        var before = allotment.personalData().export(ada.id()).toList();

        inPlatformThenUndone(() -> allotment.personalData().erase(ada.id()));

        assertThat(allotment.personalData().export(ada.id()).toList()).isEqualTo(before);
    }

    @Test
    void a_tenants_unit_sees_none_of_it() {
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.personalData().sessions(ada.id())));
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.personalData().mails(known())));
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.personalData().invitations(known())));
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.personalData().tenants(ada.id())));
        assertImpossible(() ->
                inTenant(tenant.id(), () -> persistence.personalData().usage(tenant.id(), ada.id(), FIRST)));
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.personalData().erase(known())));
    }

    private static Map<String, Object> values(List<Kept> kept, String kind) {
        return kept.stream()
                .filter(one -> one.kind().equals(kind))
                .findFirst()
                .orElseThrow()
                .values();
    }
}
