package io.allotment.domain.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Origin;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AuditEventTest {

    private final AuditEvent event = AuditEvent.of("plan.updated", "plan", "pro");

    @Test
    void of_a_change_only_what_differs_is_kept() {
        var change = event.changing(
                Map.of("name", "Pro", "active", true, "gone", 1), Map.of("name", "Pro", "active", false, "new", 2));

        assertThat(change.before()).isEqualTo(new Document(Map.of("active", true, "gone", 1)));
        assertThat(change.after()).isEqualTo(new Document(Map.of("active", false, "new", 2)));
    }

    @Test
    void of_a_change_of_values_about_people_the_same_is_kept_among_the_personal_ones() {
        var change = event.changingAbout(Map.of("name", "Pro", "tone", "dry"), Map.of("name", "Pro", "tone", "warm"));

        assertThat(change.before()).isEqualTo(Document.EMPTY);
        assertThat(change.after()).isEqualTo(Document.EMPTY);
        assertThat(change.personal())
                .isEqualTo(new Document(Map.of("before", Map.of("tone", "dry"), "after", Map.of("tone", "warm"))));
    }

    @Test
    void values_that_are_too_much_are_named_by_their_digest_and_short_ones_told() {
        var much = Map.<String, Object>of("name", "Pro", "text", "x".repeat(20_000), "list", List.of("x".repeat(300)));

        var after = event.to(much).after().fields();

        assertThat(after.get("name")).isEqualTo("Pro");
        assertThat(after.get("text").toString()).matches("sha256:[0-9a-f]{64}");
        assertThat(after.get("list").toString()).matches("sha256:[0-9a-f]{64}");
        assertThat(event.to(Map.of("text", "y".repeat(20_000))).after().fields().get("text"))
                .isNotEqualTo(after.get("text"));
    }

    @Test
    void what_no_log_can_hold_is_refused() {
        assertThatThrownBy(() -> AuditEvent.of("Plan updated", "plan", "pro")).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> AuditEvent.of("plan.updated", "", "pro")).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> AuditEvent.of("plan.updated", "plan", "\ud83c"))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> AuditEvent.of("plan.updated", "plan", "x".repeat(301)))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void values_are_kept_as_json_and_what_is_absent_is_left_out() {
        var values = AuditValues.of("key", new FeatureKey("minutes"))
                .and("amount", Credits.of("1.50"))
                .and("count", 3)
                .and("active", false)
                .and("none", Optional.empty())
                .and("some", Optional.of(Credits.of(2)))
                .and("at", Instant.parse("2026-03-10T09:30:00Z"))
                .and("metadata", Document.EMPTY)
                .and("features", Document.of("a", 1))
                .and("list", List.of(AuditValues.of("key", "monthly")))
                .and("empty", List.of())
                .map();

        assertThat(new Document(values))
                .isEqualTo(new Document(Map.of(
                        "key",
                        "minutes",
                        "amount",
                        "1.5",
                        "count",
                        3,
                        "active",
                        false,
                        "some",
                        "2",
                        "at",
                        "2026-03-10T09:30:00Z",
                        "features",
                        Map.of("a", 1),
                        "list",
                        List.of(Map.of("key", "monthly")))));
    }

    @Test
    void an_origin_is_cut_and_holds_nothing_that_a_log_cannot() {
        var origin = new Origin(
                Optional.of("1".repeat(100)),
                Optional.of("a\u0000b\n" + "🎈".repeat(300)),
                Optional.of("r".repeat(300)));

        assertThat(origin.ipAddress().orElseThrow()).hasSize(64);
        assertThat(origin.userAgent().orElseThrow())
                .startsWith("a?b?🎈")
                .hasSize(500)
                .endsWith("🎈");
        assertThat(origin.requestId().orElseThrow()).hasSize(200);
        assertThat(new Origin(Optional.empty(), Optional.of("x".repeat(499) + "🎈"), Optional.empty()).userAgent())
                .contains("x".repeat(499) + "?");
    }
}
