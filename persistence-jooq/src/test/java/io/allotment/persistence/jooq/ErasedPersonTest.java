package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.SessionId;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Looks through every row of every table, as only a superuser can: of an erased person no word is left. */
class ErasedPersonTest {

    private static final String NAME = "Augusta";
    private static final String ADDRESS = "augusta.king@example.org";
    private static final String EARLIER = "augusta.byron@example.org";
    private static final String PLACE = "192.0.2.77";

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(
            new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2));
    private final Allotment allotment = Allotment.with(persistence).build();
    private final Fixtures given = Fixtures.in(allotment);

    @AfterEach
    void drop() {
        persistence.close();
        database.close();
    }

    @Test
    void of_an_erased_person_no_word_is_left_in_any_table_but_the_id() throws SQLException {
        var ada = somebody();
        assertThat(holding(ADDRESS)).contains("users", "mails", "invitations", "platform_audit_entries");
        assertThat(holding(EARLIER))
                .contains("mails", "invitations", "audit_entries", "platform_audit_entries", "tenant_requests");
        assertThat(holding(NAME))
                .contains("users", "memberships", "model_preferences", "tenants", "tenant_directory", "audit_entries");
        assertThat(holding(PLACE)).contains("sessions", "audit_entries");
        assertThat(holding("the answer to")).contains("tenant_requests", "platform_requests");

        allotment.personalData().erase(ada.id());

        for (var word : List.of(ADDRESS, EARLIER, NAME, PLACE, "the answer to")) {
            assertThat(holding(word)).as(word).isEmpty();
        }
        assertThat(holding(ada.id().toString())).anyMatch(table -> table.startsWith("usage_events"));
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    private User somebody() {
        var before = allotment.users().create(new Email(EARLIER), NAME);
        underTheEarlierAddress();
        var ada =
                allotment.users().update(before.id(), Optional.empty(), Optional.of(new Email(ADDRESS)), same -> same);
        var tenant = given.tenantWith(100);
        given.member(tenant, SystemRole.OWNER);
        allotment.members().add(tenant.id(), ada.id(), NAME, SystemRole.ADMIN.key());
        var origin = new Origin(Optional.of(PLACE), Optional.of(NAME + "'s browser"), Optional.empty());
        var hers = allotment.as(Caller.user(ada.id(), origin));
        hers.invitations().invite(tenant.id(), InvitationService.Wanted.of("grace@example.org", "member"));
        allotment.invitations().invite(given.tenant().id(), InvitationService.Wanted.of(ADDRESS, "member"));
        allotment.tenants().createPersonal(ada.id());
        allotment.modelPreferences().set(tenant.id(), ada.id(), liking(NAME + "'s tone"));
        persistence.unitOfWork().forPlatform(() -> {
            var now = Instant.now();
            persistence
                    .sessions()
                    .insert(Session.begun(new SessionId(UUID.randomUUID()), ada.id(), origin, now), new byte[32]);
            persistence.mails().append(Mail.to(UUID.randomUUID(), ada.email(), "Hello", "Dear " + NAME, now));
        });
        allotment.requests().once(Optional.of(tenant.id()), Fixtures.key(), "f", () -> "the answer to " + ADDRESS);
        allotment.requests().once(Optional.empty(), Fixtures.key(), "f", () -> "the answer to " + ada.id());
        var charge = Charge.of(given.operation("1"), Quantity.of(7)).by(Actor.user(ada.id()));
        assertThat(allotment.gate().consume(tenant.id(), Fixtures.key(), charge).allowed())
                .isTrue();
        return ada;
    }

    private static ModelPreference liking(String tone) {
        return new ModelPreference(
                Optional.empty(), Optional.empty(), Optional.of(tone), Optional.empty(), Document.EMPTY);
    }

    private void underTheEarlierAddress() {
        var tenant = given.tenant().id();
        allotment.invitations().invite(tenant, InvitationService.Wanted.of(EARLIER, "member"));
        allotment.requests().once(Optional.of(tenant), Fixtures.key(), "f", () -> "the answer to " + EARLIER);
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence
                        .mails()
                        .append(Mail.to(UUID.randomUUID(), new Email(EARLIER), "Hello", "Dear you", Instant.now())));
    }

    /** The tables of which some row has the text anywhere. */
    private List<String> holding(String text) throws SQLException {
        var holding = new ArrayList<String>();
        try (var connection = database.owner().getConnection();
                var find = connection.createStatement();
                var tables = find.executeQuery("select relname from pg_class where relkind = 'r'"
                        + " and relnamespace = 'allotment'::regnamespace order by 1")) {
            while (tables.next()) {
                var table = tables.getString(1);
                try (var look = connection.prepareStatement("select exists (select from allotment.\"" + table
                        + "\" t where t::text ilike '%' || ? || '%')")) {
                    look.setString(1, text);
                    var result = look.executeQuery();
                    result.next();
                    if (result.getBoolean(1)) {
                        holding.add(table);
                    }
                }
            }
        }
        return holding;
    }
}
