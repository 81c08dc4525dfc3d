package io.allotment.domain.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantTest {

    private static final Instant MADE = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant NOW = Instant.parse("2026-03-10T00:00:00Z");

    @Test
    void a_new_tenant_is_active_and_of_version_one() {
        var tenant = tenant();

        assertThat(tenant.status()).isEqualTo(Tenant.Status.ACTIVE);
        assertThat(tenant.version()).isEqualTo(1);
        assertThat(tenant.timeZone()).isEqualTo(Times.UTC);
        assertThat(tenant.slug()).isEqualTo(new Slug("acme"));
    }

    @Test
    void every_change_counts_and_leaves_its_time() {
        var changed = tenant().with(TenantProfile.of("Acme Ltd", "acme"), NOW);

        assertThat(changed.version()).isEqualTo(2);
        assertThat(changed.updatedAt()).isEqualTo(NOW);
        assertThat(changed.createdAt()).isEqualTo(MADE);
        assertThat(changed.profile().name()).isEqualTo("Acme Ltd");
    }

    @Test
    void what_changes_nothing_is_no_version() {
        var tenant = tenant();

        assertThat(tenant.with(tenant.profile(), NOW)).isSameAs(tenant);
        assertThat(tenant.with(tenant.thresholds(), NOW)).isSameAs(tenant);
    }

    @Test
    void a_suspension_happens_once_and_so_does_its_end() {
        var suspended = tenant().suspended(NOW);

        assertThat(suspended.status()).isEqualTo(Tenant.Status.SUSPENDED);
        assertThat(suspended.version()).isEqualTo(2);
        assertThat(suspended.suspended(NOW.plusSeconds(1))).isEqualTo(suspended);
        assertThat(suspended.reactivated(NOW).status()).isEqualTo(Tenant.Status.ACTIVE);
        assertThat(tenant().reactivated(NOW)).isEqualTo(tenant());
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://example.org", "http://example.org:8080/a?b=c#d", "https://xn--exmple-cua.org"})
    void a_website_is_an_address_of_the_web(String website) {
        assertThat(profile(website).website()).contains(website);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.org",
                "ftp://example.org",
                "javascript:alert(1)",
                "https://",
                "https:///path",
                "https://exa mple.org",
                "https://example.org/\n",
                "https://example.org/\ud83d",
                "mailto:a@b"
            })
    void other_websites_are_refused(String website) {
        assertThatThrownBy(() -> profile(website))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("website"));
    }

    @Test
    void a_profile_s_texts_are_bounded() {
        assertThat(TenantProfile.of("x".repeat(100), "acme").name()).hasSize(100);
        assertThatThrownBy(() -> TenantProfile.of("x".repeat(101), "acme")).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> profile("https://example.org/" + "x".repeat(481)))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> new TenantProfile(
                        "Acme",
                        new Slug("acme"),
                        Optional.empty(),
                        Optional.of("x".repeat(2_001)),
                        Times.UTC,
                        Document.EMPTY))
                .isInstanceOf(InvalidValue.class);
    }

    private static Tenant tenant() {
        return Tenant.created(new TenantId(new UUID(1, 1)), TenantProfile.of("Acme", "acme"), MADE);
    }

    private static TenantProfile profile(String website) {
        return new TenantProfile(
                "Acme", new Slug("acme"), Optional.of(website), Optional.empty(), Times.UTC, Document.EMPTY);
    }
}
