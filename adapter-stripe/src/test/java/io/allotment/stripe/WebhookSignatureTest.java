package io.allotment.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.stripe.net.Webhook;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.shared.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSignatureTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final String BODY = "{\"id\":\"evt_1\",\"object\":\"event\",\"über\":\"grüße\"}";

    private final WebhookSignature signature =
            new WebhookSignature(List.of("whsec_new", "whsec_old"), Duration.ofMinutes(5));

    @Test
    void what_stripes_own_library_signs_is_taken() throws Exception {
        var header = Webhook.Signature.generateSignatureHeader(BODY, "whsec_new", NOW.getEpochSecond());

        assertThatCode(() -> signature.require(bytes(BODY), header, NOW)).doesNotThrowAnyException();
    }

    @Test
    void while_secrets_rotate_either_of_them_is_enough_on_both_sides() throws Exception {
        assertTaken(BODY, signed(BODY, "whsec_old", NOW), NOW);
        // Stripe signs with both of its own for a while; we know one of them.
        var one = signed(BODY, "whsec_unknown", NOW);
        var other = signed(BODY, "whsec_old", NOW);
        assertTaken(BODY, one + other.substring(other.indexOf(",v1=")), NOW);
    }

    @Test
    void another_secret_is_refused() throws Exception {
        assertRefused(BODY, signed(BODY, "whsec_other", NOW), NOW);
    }

    @Test
    void any_byte_that_was_changed_is_noticed() throws Exception {
        var header = signed(BODY, "whsec_new", NOW);
        var body = bytes(BODY);
        for (int i = 0; i < body.length; i++) {
            var changed = body.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> signature.require(changed, header, NOW)).isInstanceOf(EventRefused.class);
        }
        assertThatThrownBy(() -> signature.require(Arrays.copyOf(body, body.length - 1), header, NOW))
                .isInstanceOf(EventRefused.class);
        assertThatThrownBy(() -> signature.require(new byte[0], header, NOW)).isInstanceOf(EventRefused.class);
    }

    @Test
    void the_time_is_signed_too() throws Exception {
        var header = signed(BODY, "whsec_new", NOW);
        var later = header.replace("t=" + NOW.getEpochSecond(), "t=" + (NOW.getEpochSecond() + 1));

        assertRefused(BODY, later, NOW);
    }

    @Test
    void what_is_too_old_or_too_far_ahead_is_refused_however_well_it_is_signed() throws Exception {
        assertTaken(BODY, signed(BODY, "whsec_new", NOW.minusSeconds(300)), NOW);
        assertTaken(BODY, signed(BODY, "whsec_new", NOW.plusSeconds(300)), NOW);
        assertRefused(BODY, signed(BODY, "whsec_new", NOW.minusSeconds(301)), NOW);
        assertRefused(BODY, signed(BODY, "whsec_new", NOW.plusSeconds(301)), NOW);
        assertRefused(BODY, signed(BODY, "whsec_new", NOW.plus(Duration.ofHours(1))), NOW);
        assertRefused(BODY, signed(BODY, "whsec_new", Instant.EPOCH), NOW);
    }

    @Test
    void another_scheme_does_not_count() throws Exception {
        assertRefused(BODY, signed(BODY, "whsec_new", NOW).replace("v1=", "v0="), NOW);
        assertRefused(BODY, signed(BODY, "whsec_new", NOW).replace("v1=", "v2="), NOW);
        assertTaken(BODY, signed(BODY, "whsec_new", NOW) + ",v0=6ffbb59b2300aae63f272406069a9788598b792a,v2=?", NOW);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ",",
                "t",
                "v1",
                "t=",
                "v1=",
                "t=abc,v1=00",
                "t=1795168800",
                "t=1795168800,v1",
                "t=1795168800,v1=",
                "t=1795168800,v1=nothex",
                "t=1795168800,v1=00",
                "t=-1795168800,v1=0000000000000000000000000000000000000000000000000000000000000000",
                "t=99999999999999999999,v1=0000000000000000000000000000000000000000000000000000000000000000",
                "t=١٧٩٥١٦٨٨٠٠,v1=0000000000000000000000000000000000000000000000000000000000000000",
                "t=1795168800,t=1795168800,v1=0000000000000000000000000000000000000000000000000000000000000000",
                "=1,v1=00",
                "t=999999999999,v1=0000000000000000000000000000000000000000000000000000000000000000"
            })
    void a_header_that_is_none_is_refused_like_any_other(String header) {
        assertRefused(BODY, header, NOW);
    }

    @Test
    void no_header_and_an_endless_one_are_refused() {
        assertRefused(BODY, null, NOW);
        assertRefused(BODY, "t=1," + "v1=00,".repeat(100_000), NOW);
        assertRefused(BODY, "t=" + NOW.getEpochSecond() + (",v1=" + "0".repeat(64)).repeat(21), NOW);
    }

    @Test
    void any_bytes_as_a_header_are_refused_and_nothing_else() {
        long seed = Long.getLong("allotment.seed", 20_261_120);
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder();
            int length = random.nextInt(40);
            for (int c = 0; c < length; c++) {
                text.append("tv10=,.aF\u0000\u0661 \ud83d".charAt(random.nextInt(13)));
            }
            assertThatThrownBy(() -> signature.require(bytes(BODY), text.toString(), NOW))
                    .as("seed %d, header %s", seed, text)
                    .isInstanceOf(EventRefused.class);
        }
    }

    @Test
    void ten_megabytes_are_checked_like_ten_bytes() throws Exception {
        var body = "{\"id\":\"evt_1\",\"padding\":\"" + "x".repeat(10 << 20) + "\"}";

        assertTaken(body, signed(body, "whsec_new", NOW), NOW);
        assertRefused(body + " ", signed(body, "whsec_new", NOW), NOW);
    }

    @Test
    void the_machines_language_makes_no_difference() throws Exception {
        var header = signed(BODY, "whsec_new", NOW);
        var before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG"));
            assertThat(String.format("%d", 1)).isEqualTo("١");
            assertTaken(BODY, header, NOW);
            assertRefused(BODY, header, NOW.plusSeconds(301));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void the_refusal_is_the_callers_fault_and_the_same_whatever_was_wrong() throws Exception {
        var headers = List.of("", signed(BODY, "whsec_other", NOW), signed(BODY, "whsec_new", Instant.EPOCH));

        assertThat(headers)
                .extracting(header ->
                        catchThrowableOfType(EventRefused.class, () -> signature.require(bytes(BODY), header, NOW)))
                .allSatisfy(refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.INVALID))
                .extracting(Throwable::getMessage)
                .containsOnly("This is no event of Stripe's: its signature is missing, wrong or out of date.");
    }

    private void assertTaken(String body, String header, Instant now) {
        assertThatCode(() -> signature.require(bytes(body), header, now)).doesNotThrowAnyException();
    }

    private void assertRefused(String body, String header, Instant now) {
        assertThatThrownBy(() -> signature.require(bytes(body), header, now)).isInstanceOf(EventRefused.class);
    }

    private static String signed(String body, String secret, Instant at) throws Exception {
        return Webhook.Signature.generateSignatureHeader(body, secret, at.getEpochSecond());
    }

    private static byte[] bytes(String body) {
        return body.getBytes(StandardCharsets.UTF_8);
    }
}
