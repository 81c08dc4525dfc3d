package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.identity.IdentityLink;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.testkit.Fixtures;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whom outside issuers mean, for the platform alone. */
public abstract class ExternalIdentitiesContract extends PersistenceContract {

    private static final String ISSUER = "https://issuer.example";

    @Test
    void a_subject_is_found_at_its_issuer() {
        var link = inserted(ISSUER, Fixtures.word(), given.user().id());

        assertThat(found(ISSUER, link.subject())).contains(link);
        assertThat(found("https://other.example", link.subject())).isEmpty();
        assertThat(found(ISSUER, "x" + link.subject())).isEmpty();
    }

    @Test
    void the_same_subject_of_two_issuers_may_be_two_people() {
        var subject = Fixtures.word();
        var here = inserted(ISSUER, subject, given.user().id());
        var there = inserted("https://other.example", subject, given.user().id());

        assertThat(found(ISSUER, subject)).contains(here);
        assertThat(found("https://other.example", subject)).contains(there);
    }

    @Test
    void a_user_may_be_known_to_several_issuers() {
        var user = given.user().id();
        var second = inserted("https://b.example", Fixtures.word(), user);
        var first = inserted("https://a.example", Fixtures.word(), user);

        assertThat(inPlatform(() -> persistence.externalIdentities().of(user))).containsExactly(first, second);
    }

    @Test
    void a_subject_is_one_person_for_good() {
        var link = inserted(ISSUER, Fixtures.word(), given.user().id());
        var other = given.user().id();

        assertThatThrownBy(() -> inserted(ISSUER, link.subject(), other)).isInstanceOf(AlreadyExists.class);
        assertThat(found(ISSUER, link.subject())).contains(link);
    }

    @Test
    void nobody_is_linked_who_is_not_there() {
        assertThatThrownBy(() -> inserted(ISSUER, Fixtures.word(), new UserId(ids.next())))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void a_sign_in_is_noted_once_a_minute() {
        var subject = Fixtures.word();
        inserted(ISSUER, subject, given.user().id());

        inPlatform(() -> persistence.externalIdentities().signedIn(ISSUER, subject, START.plusSeconds(59)));
        assertThat(found(ISSUER, subject).map(IdentityLink::lastLoginAt)).contains(START);

        inPlatform(() -> persistence.externalIdentities().signedIn(ISSUER, subject, START.plusSeconds(60)));
        assertThat(found(ISSUER, subject).map(IdentityLink::lastLoginAt)).contains(START.plusSeconds(60));
    }

    @Test
    void a_failed_unit_leaves_no_link() {
        var link = new IdentityLink(ISSUER, Fixtures.word(), given.user().id(), START, START);

        inPlatformThenUndone(() -> persistence.externalIdentities().insert(link));

        assertThat(found(ISSUER, link.subject())).isEmpty();
    }

    @Test
    void a_tenant_neither_sees_nor_makes_links() {
        var tenant = given.tenant().id();
        var link = inserted(ISSUER, Fixtures.word(), given.user().id());

        assertImpossible(() ->
                inTenant(tenant, () -> persistence.externalIdentities().find(ISSUER, link.subject())));
        assertImpossible(
                () -> inTenant(tenant, () -> persistence.externalIdentities().insert(link)));
    }

    private IdentityLink inserted(String issuer, String subject, UserId user) {
        var link = new IdentityLink(issuer, subject, user, START, START);
        inPlatform(() -> persistence.externalIdentities().insert(link));
        return link;
    }

    private Optional<IdentityLink> found(String issuer, String subject) {
        return inPlatform(() -> persistence.externalIdentities().find(issuer, subject));
    }
}
