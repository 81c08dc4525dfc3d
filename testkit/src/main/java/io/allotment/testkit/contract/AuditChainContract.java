package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever changes the audit log past every rule, as a superuser can, is told on by the verification. */
public abstract class AuditChainContract extends PersistenceContract {

    private TenantId tenant;

    /** Changes what is stored of a tenant's log, past every rule. */
    public interface Damage {

        /** Another action, and the hashes as they were. */
        void edit(TenantId tenant, long sequence);

        /** Another e-mail address among the personal values. */
        void editPersonal(TenantId tenant, long sequence);

        void delete(TenantId tenant, long sequence);

        /** Gives each the other's number. */
        void swap(TenantId tenant, long one, long other);

        /** Writes the entry anew, as it is given. */
        void replace(AuditEntry entry);

        void moveHead(AuditHead head);

        /** As if there were no log. */
        void deleteHead(TenantId tenant);
    }

    /** How to damage what the suite looks at. */
    protected abstract Damage damage();

    @BeforeEach
    void a_log_of_some_entries() {
        tenant = given.tenant().id();
        for (int i = head().sequence() == 0 ? 0 : 1; i < 6; i++) {
            append("thing.made", "number-" + i);
        }
    }

    /** Damage would stay in other tests' way. */
    @AfterEach
    void clean_up() {
        allotment.tenants().delete(tenant);
    }

    @Test
    void a_whole_log_has_no_fault_and_its_entries_are_counted() {
        long before = inPlatform(() -> persistence.invariants().check()).auditEntries();
        append("thing.made", "one-more");

        assertThat(inPlatform(() -> persistence.invariants().check()).auditEntries())
                .isEqualTo(before + 1);
        assertThat(violations()).isEmpty();
    }

    @Test
    void an_edit_shows() {
        damage().edit(tenant, 3);

        assertThat(violations()).containsExactly("audit-chain entry 3: its hash does not fit what it says");
    }

    @Test
    void an_edit_whose_hash_was_made_to_fit_shows_at_the_next_entry() {
        var third = entry(3);
        damage().replace(AuditEntry.after(
                new AuditHead(third.tenantId(), 2, third.previousHash()),
                third.at(),
                third.actor(),
                AuditEvent.of("nothing.happened", "thing", "x"),
                Origin.HERE,
                "salt"));

        assertThat(violations())
                .containsExactly("audit-chain entry 4: its previous hash is not the hash of the entry before it");
    }

    @Test
    void an_edit_of_the_last_entry_whose_hash_was_made_to_fit_shows_at_the_head() {
        var last = entry(head().sequence());
        damage().replace(AuditEntry.after(
                new AuditHead(last.tenantId(), last.sequence() - 1, last.previousHash()),
                last.at(),
                last.actor(),
                AuditEvent.of("nothing.happened", "thing", "x"),
                Origin.HERE,
                "salt"));

        assertThat(violations())
                .containsExactly("audit-head head: its hash is not that of the last entry, " + last.sequence());
    }

    @Test
    void a_changed_personal_value_shows() {
        damage().editPersonal(tenant, 3);

        assertThat(violations()).containsExactly("audit-chain entry 3: its personal values do not fit their digest");
    }

    @Test
    void a_deletion_in_the_middle_shows() {
        damage().delete(tenant, 3);

        assertThat(violations())
                .containsExactly(
                        "audit-chain entry 4: entry 3 is missing before it",
                        "audit-chain entry 4: its previous hash is not the hash of the entry before it");
    }

    @Test
    void a_deletion_of_the_beginning_shows() {
        damage().delete(tenant, 1);

        assertThat(violations()).contains("audit-chain entry 2: entry 1 is missing before it");
    }

    @Test
    void a_deletion_of_the_tail_shows() {
        long last = head().sequence();
        damage().delete(tenant, last);

        assertThat(violations())
                .containsExactly("audit-head head: it counts " + last + " entries, and the last is " + (last - 1));
    }

    @Test
    void a_deletion_of_everything_shows() {
        long last = head().sequence();
        for (long sequence = 1; sequence <= last; sequence++) {
            damage().delete(tenant, sequence);
        }

        assertThat(violations()).containsExactly("audit-head head: it counts " + last + " entries, and the last is 0");
    }

    @Test
    void another_order_shows() {
        damage().swap(tenant, 2, 3);

        assertThat(violations())
                .contains(
                        "audit-chain entry 2: its hash does not fit what it says",
                        "audit-chain entry 3: its hash does not fit what it says");
    }

    @Test
    void a_changed_head_shows() {
        long last = head().sequence();
        damage().moveHead(new AuditHead(Optional.of(tenant), last, "1".repeat(64)));
        assertThat(violations()).containsExactly("audit-head head: its hash is not that of the last entry, " + last);

        damage().moveHead(new AuditHead(Optional.of(tenant), last + 1, "1".repeat(64)));
        assertThat(violations())
                .containsExactly("audit-head head: it counts " + (last + 1) + " entries, and the last is " + last);
    }

    @Test
    void a_log_whose_head_is_gone_shows() {
        damage().deleteHead(tenant);

        assertThat(violations()).hasSize(1).first().asString().startsWith("audit-head head: it");
    }

    @Test
    void a_log_that_is_gone_together_with_its_head_shows_and_no_other_begins_in_its_place() {
        long last = head().sequence();
        for (long sequence = 1; sequence <= last; sequence++) {
            damage().delete(tenant, sequence);
        }
        damage().deleteHead(tenant);

        assertThat(violations()).containsExactly("audit-head head: it is not there");
        assertThatThrownBy(() -> append("thing.made", "after-it")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_log_that_is_longer_than_what_is_read_at_once_is_followed_to_its_end() {
        inTenant(tenant, () -> {
            for (int i = 0; i < 1_010; i++) {
                append("thing.made", "more-" + i);
            }
        });
        assertThat(violations()).isEmpty();

        for (long sequence : new long[] {500, 501, 1_001}) {
            damage().edit(tenant, sequence);
        }
        damage().delete(tenant, 1_000);

        assertThat(violations())
                .containsExactly(
                        "audit-chain entry 500: its hash does not fit what it says",
                        "audit-chain entry 501: its hash does not fit what it says",
                        "audit-chain entry 1001: entry 1000 is missing before it",
                        "audit-chain entry 1001: its previous hash is not the hash of the entry before it",
                        "audit-chain entry 1001: its hash does not fit what it says");
    }

    @Test
    void what_was_erased_by_the_rules_is_no_fault() {
        long erased = inPlatform(() ->
                persistence.audit().erase(Optional.of(tenant), given.user().id(), Set.of("ada@example.org")));

        assertThat(erased).isPositive();
        assertThat(violations()).isEmpty();
    }

    private List<String> violations() {
        return inPlatform(() -> persistence.invariants().check()).violations().stream()
                .filter(violation -> violation.tenantId().equals(Optional.of(tenant)))
                .map(AuditChainContract::told)
                .toList();
    }

    private static String told(Violation violation) {
        return violation.invariant() + " " + violation.subject() + ": " + violation.detail();
    }

    private AuditHead head() {
        return inTenant(tenant, () -> persistence.audit().head(Optional.of(tenant)));
    }

    private AuditEntry entry(long sequence) {
        return inTenant(
                        tenant,
                        () -> persistence.audit().list(Optional.of(tenant), AuditFilter.ALL, PageRequest.first(200)))
                .items()
                .stream()
                .filter(entry -> entry.sequence() == sequence)
                .findFirst()
                .orElseThrow();
    }

    private void append(String action, String id) {
        var event = AuditEvent.of(action, "thing", id).about(Map.of("email", "ada@example.org"));
        inTenant(tenant, () -> {
            var head = persistence.audit().lockHead(Optional.of(tenant));
            persistence.audit().append(AuditEntry.after(head, START, Actor.system(), event, Origin.HERE, "salt"));
        });
    }
}
