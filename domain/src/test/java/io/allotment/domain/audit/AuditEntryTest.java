package io.allotment.domain.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AuditEntryTest {

    private static final Optional<TenantId> TENANT = Optional.of(TenantId.of("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01"));
    private static final UserId ADA = UserId.of("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02");
    private static final Instant NOW = Instant.parse("2026-03-10T09:30:00.123456Z");
    private static final Origin ORIGIN =
            new Origin(Optional.of("192.0.2.7"), Optional.of("curl/8"), Optional.of("request-1"));
    private static final AuditEvent EVENT = AuditEvent.of("role.assigned", "role-assignment", "a-1")
            .from(Map.of("role", "viewer"))
            .to(Map.of("role", "admin"))
            .about(Map.of("email", "ada@example.org"));

    private final AuditEntry first = after(AuditHead.empty(TENANT), EVENT);
    private final AuditEntry second = after(first.head(), EVENT);

    @Test
    void the_first_entry_follows_nothing_and_each_next_one_the_one_before() {
        assertThat(first.sequence()).isEqualTo(1);
        assertThat(first.previousHash()).isEqualTo("0".repeat(64));
        assertThat(second.sequence()).isEqualTo(2);
        assertThat(second.previousHash()).isEqualTo(first.hash());
        assertThat(first.faultsAfter(AuditHead.empty(TENANT))).isEmpty();
        assertThat(second.faultsAfter(first.head())).isEmpty();
        assertThat(second.head().faultAt(second.head())).isEmpty();
    }

    @Test
    void its_time_is_cut_to_what_is_stored() {
        var entry =
                AuditEntry.after(AuditHead.empty(TENANT), NOW.plusNanos(999), Actor.user(ADA), EVENT, ORIGIN, "a salt");

        assertThat(entry.at()).isEqualTo(NOW);
        assertThat(entry).isEqualTo(first);
    }

    @Test
    void where_the_request_came_from_is_personal_and_stands_apart_from_the_event() {
        assertThat(first.event().personal().isEmpty()).isTrue();
        assertThat(first.personal().orElseThrow().values().fields())
                .isEqualTo(Map.of("email", "ada@example.org", "ipAddress", "192.0.2.7", "userAgent", "curl/8"));
        assertThat(first.requestId()).contains("request-1");
    }

    @Test
    void any_change_of_any_field_shows() {
        for (var changed : List.of(
                with(
                        Optional.of(TenantId.of(ADA.toString())),
                        1,
                        NOW,
                        Actor.user(ADA),
                        EVENT,
                        Optional.of("request-1")),
                with(Optional.empty(), 1, NOW, Actor.user(ADA), EVENT, Optional.of("request-1")),
                with(TENANT, 2, NOW, Actor.user(ADA), EVENT, Optional.of("request-1")),
                with(TENANT, 1, NOW.plusNanos(1_000), Actor.user(ADA), EVENT, Optional.of("request-1")),
                with(TENANT, 1, NOW, Actor.system(), EVENT, Optional.of("request-1")),
                with(TENANT, 1, NOW, Actor.apiKey(new ApiKeyId(ADA.value())), EVENT, Optional.of("request-1")),
                with(TENANT, 1, NOW, Actor.apiKey(new ApiKeyId(ADA.value()), ADA), EVENT, Optional.of("request-1")),
                with(TENANT, 1, NOW, Actor.user(ADA), EVENT, Optional.empty()),
                with(TENANT, 1, NOW, Actor.user(ADA), EVENT, Optional.of("request-2")),
                with(event("role.taken", "role-assignment", "a-1", EVENT.before(), EVENT.after())),
                with(event("role.assigned", "role", "a-1", EVENT.before(), EVENT.after())),
                with(event("role.assigned", "role-assignment", "a-2", EVENT.before(), EVENT.after())),
                with(event("role.assigned", "role-assignment", "a-1", Document.EMPTY, EVENT.after())),
                with(event("role.assigned", "role-assignment", "a-1", EVENT.after(), EVENT.before())),
                with(event("role.assigned", "role-assignment", "a-1", EVENT.before(), Document.EMPTY)))) {
            assertThat(changed.faultsAfter(
                            new AuditHead(changed.tenantId(), changed.sequence() - 1, changed.previousHash())))
                    .as(changed.toString())
                    .containsExactly("its hash does not fit what it says");
        }
    }

    @Test
    void a_changed_digest_or_previous_hash_shows() {
        var other = "1".repeat(64);

        assertThat(copy(first, first.personal(), other, first.previousHash()).faultsAfter(AuditHead.empty(TENANT)))
                .contains("its hash does not fit what it says");
        assertThat(copy(first, first.personal(), first.personalDigest(), other)
                        .faultsAfter(new AuditHead(TENANT, 0, other)))
                .containsExactly("its hash does not fit what it says");
    }

    @Test
    void a_changed_personal_value_or_salt_shows() {
        var salt = first.personal().orElseThrow().salt();
        var values = first.personal().orElseThrow().values();
        for (var personal : List.of(
                new AuditEntry.Personal(salt, Document.of("email", "eve@example.org")),
                new AuditEntry.Personal(salt, Document.EMPTY),
                new AuditEntry.Personal(salt + "0", values))) {
            var changed = copy(first, Optional.of(personal), first.personalDigest(), first.previousHash());

            assertThat(changed.faultsAfter(AuditHead.empty(TENANT)))
                    .containsExactly("its personal values do not fit their digest");
        }
    }

    @Test
    void an_erased_entry_stays_sound_and_in_its_place() {
        var erased = first.erased();

        assertThat(erased.personal()).isEmpty();
        assertThat(erased.faultsAfter(AuditHead.empty(TENANT))).isEmpty();
        assertThat(erased.head()).isEqualTo(first.head());
        assertThat(second.faultsAfter(erased.head())).isEmpty();
    }

    @Test
    void the_same_personal_values_have_another_digest_each_time() {
        var again = AuditEntry.after(AuditHead.empty(TENANT), NOW, Actor.user(ADA), EVENT, ORIGIN, "another salt");

        assertThat(again.personalDigest()).isNotEqualTo(first.personalDigest());
    }

    @Test
    void a_gap_another_order_and_a_cut_tail_show() {
        var third = after(second.head(), EVENT);
        var fourth = after(third.head(), EVENT);

        assertThat(third.faultsAfter(first.head()))
                .containsExactly(
                        "entry 2 is missing before it", "its previous hash is not the hash of the entry before it");
        assertThat(fourth.faultsAfter(first.head())).first().isEqualTo("entries 2 to 3 are missing before it");
        assertThat(first.faultsAfter(second.head())).first().isEqualTo("it stands after entry 2");
        assertThat(third.head().faultAt(second.head())).contains("it counts 3 entries, and the last is 2");
        assertThat(new AuditHead(TENANT, 2, first.hash()).faultAt(second.head()))
                .contains("its hash is not that of the last entry, 2");
    }

    @Test
    void the_hash_does_not_depend_on_how_the_values_were_written() {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("a", new BigDecimal("1.50"));
        one.put("b", Map.of("x", 1000, "y", List.of()));
        Map<String, Object> other = new LinkedHashMap<>();
        other.put("b", new HashMap<>(Map.of("y", List.of(), "x", new BigDecimal("1e3"))));
        other.put("a", 1.5);

        assertThat(after(AuditHead.empty(TENANT), EVENT.to(one)).hash())
                .isEqualTo(after(AuditHead.empty(TENANT), EVENT.to(other)).hash());
    }

    @Test
    void no_two_different_documents_have_the_same_hash() {
        var documents = new ArrayList<Map<String, Object>>();
        documents.add(Map.of());
        documents.add(Map.of("a", ""));
        documents.add(Map.of("a", "1"));
        documents.add(Map.of("a", 1));
        documents.add(Map.of("a", 10));
        documents.add(Map.of("a", true));
        documents.add(Map.of("a", "true"));
        documents.add(new HashMap<>() {
            private static final long serialVersionUID = 1;

            {
                put("a", null);
            }
        });
        documents.add(Map.of("a", "null"));
        documents.add(Map.of("a", List.of()));
        documents.add(Map.of("a", Map.of()));
        documents.add(Map.of("a", List.of(1, 2)));
        documents.add(Map.of("a", List.of(12)));
        documents.add(Map.of("a", List.of("1,2")));
        documents.add(Map.of("a", List.of("1", "2")));
        documents.add(Map.of("a", List.of(List.of(1), 2)));
        documents.add(Map.of("a", List.of(1, List.of(2))));
        documents.add(Map.of("a", List.of(Arrays.asList((Object) null))));
        documents.add(Map.of("a", "b\n1:c"));
        documents.add(Map.of("a", "b", "c", ""));
        documents.add(Map.of("a", Map.of("b", "c")));
        documents.add(Map.of("ab", "c"));
        documents.add(Map.of("a", "bc"));

        assertThat(documents)
                .extracting(values ->
                        after(AuditHead.empty(TENANT), EVENT.to(values)).hash())
                .doesNotHaveDuplicates();
    }

    @Test
    void values_do_not_flow_from_one_field_into_the_next() {
        assertThat(List.of(
                        after(AuditHead.empty(TENANT), AuditEvent.of("a.b", "c", "d"))
                                .hash(),
                        after(AuditHead.empty(TENANT), AuditEvent.of("a", "b.c", "d"))
                                .hash(),
                        after(AuditHead.empty(TENANT), AuditEvent.of("a.b", "c", "d\n0:"))
                                .hash(),
                        after(AuditHead.empty(TENANT), AuditEvent.of("a.b", "cd", "d"))
                                .hash()))
                .doesNotHaveDuplicates();
    }

    @Test
    void an_entry_concerns_who_made_it_and_who_is_named_in_it() {
        var nobody = Set.<String>of();
        var eve = new UserId(UUID.fromString("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e03"));

        assertThat(first.concerns(ADA, nobody)).isTrue();
        assertThat(first.concerns(eve, nobody)).isFalse();
        assertThat(first.concerns(eve, Set.of("a-1"))).isTrue();
        assertThat(first.concerns(eve, Set.of("viewer"))).isTrue();
        assertThat(first.concerns(eve, Set.of("admin"))).isTrue();
        assertThat(first.concerns(eve, Set.of("ada@example.org"))).isTrue();
        assertThat(first.erased().concerns(eve, Set.of("ada@example.org"))).isFalse();
    }

    private static AuditEntry after(AuditHead head, AuditEvent event) {
        return AuditEntry.after(head, NOW, Actor.user(ADA), event, ORIGIN, "a salt");
    }

    private static AuditEvent event(String action, String type, String id, Document before, Document after) {
        return new AuditEvent(action, type, id, before, after, Document.EMPTY);
    }

    /** The first entry with other values and its own hashes. */
    private AuditEntry with(AuditEvent event) {
        return with(TENANT, 1, NOW, Actor.user(ADA), event, Optional.of("request-1"));
    }

    private AuditEntry with(
            Optional<TenantId> tenant,
            long sequence,
            Instant at,
            Actor actor,
            AuditEvent event,
            Optional<String> requestId) {
        return new AuditEntry(
                tenant,
                sequence,
                at,
                actor,
                event(event.action(), event.entityType(), event.entityId(), event.before(), event.after()),
                requestId,
                first.personal(),
                first.personalDigest(),
                first.previousHash(),
                first.hash());
    }

    private static AuditEntry copy(
            AuditEntry entry, Optional<AuditEntry.Personal> personal, String digest, String previousHash) {
        return new AuditEntry(
                entry.tenantId(),
                entry.sequence(),
                entry.at(),
                entry.actor(),
                entry.event(),
                entry.requestId(),
                personal,
                digest,
                previousHash,
                entry.hash());
    }
}
