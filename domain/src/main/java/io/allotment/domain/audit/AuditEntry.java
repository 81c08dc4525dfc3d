package io.allotment.domain.audit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * An entry of the audit log. Each names the one before it by its hash, so that an edit, a deletion and another order show.
 *
 * @param tenantId whose log it is; empty for the platform's
 * @param sequence 1, 2, 3 … in each log
 * @param event what was done, without its personal values
 * @param personal where the request came from and the event's personal values, with the salt of their digest; empty once
 *     they were erased
 * @param personalDigest SHA-256 in hex over salt and values
 * @param previousHash the hash of the entry before it; 64 zeros for the first
 * @param hash SHA-256 in hex over everything but the personal values, their digest included
 */
public record AuditEntry(
        Optional<TenantId> tenantId,
        long sequence,
        Instant at,
        Actor actor,
        AuditEvent event,
        Optional<String> requestId,
        Optional<Personal> personal,
        String personalDigest,
        String previousHash,
        String hash) {

    /** The values that can be erased: {@code ipAddress} and {@code userAgent} of the request, and the event's own. */
    public record Personal(String salt, Document values) {
        public Personal {
            requireNonNull(salt, "salt");
            requireNonNull(values, "values");
        }
    }

    public AuditEntry {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(at, "at");
        requireNonNull(actor, "actor");
        requireNonNull(event, "event");
        requireNonNull(requestId, "requestId");
        requireNonNull(personal, "personal");
        requireNonNull(personalDigest, "personalDigest");
        requireNonNull(previousHash, "previousHash");
        requireNonNull(hash, "hash");
        if (!event.personal().isEmpty()) {
            throw new IllegalArgumentException("personal values stand apart from the event");
        }
    }

    /**
     * The entry that follows the head.
     *
     * @param at cut to microseconds, as it is stored
     * @param salt unpredictable, of at least 128 bits: with a guess of the values alone nobody finds the digest again
     */
    public static AuditEntry after(
            AuditHead head, Instant at, Actor actor, AuditEvent event, Origin origin, String salt) {
        var values = new HashMap<String, Object>(event.personal().fields());
        origin.ipAddress().ifPresent(address -> values.put("ipAddress", address));
        origin.userAgent().ifPresent(agent -> values.put("userAgent", agent));
        var personal = new Personal(salt, new Document(values));
        var bare = new AuditEvent(
                event.action(), event.entityType(), event.entityId(), event.before(), event.after(), Document.EMPTY);
        var digest = AuditHash.of(personal);
        var entry = new AuditEntry(
                head.tenantId(),
                head.sequence() + 1,
                Times.stored("at", at),
                actor,
                bare,
                origin.requestId(),
                Optional.of(personal),
                digest,
                head.hash(),
                "");
        return entry.hashed();
    }

    private AuditEntry hashed() {
        return new AuditEntry(
                tenantId,
                sequence,
                at,
                actor,
                event,
                requestId,
                personal,
                personalDigest,
                previousHash,
                AuditHash.of(this));
    }

    /** What shows that somebody changed the log, given where it ended before this entry; nothing of one that is right. */
    public List<String> faultsAfter(AuditHead before) {
        var faults = new ArrayList<String>();
        if (sequence != before.sequence() + 1) {
            faults.add(
                    sequence <= before.sequence()
                            ? "it stands after entry " + before.sequence()
                            : before.sequence() + 1 == sequence - 1
                                    ? "entry " + (sequence - 1) + " is missing before it"
                                    : "entries " + (before.sequence() + 1) + " to " + (sequence - 1)
                                            + " are missing before it");
        }
        if (!previousHash.equals(before.hash())) {
            faults.add("its previous hash is not the hash of the entry before it");
        }
        if (!hash.equals(AuditHash.of(this))) {
            faults.add("its hash does not fit what it says");
        }
        if (personal.filter(values -> !AuditHash.of(values).equals(personalDigest))
                .isPresent()) {
            faults.add("its personal values do not fit their digest");
        }
        return faults;
    }

    /** Without its personal values; its hash stays right. */
    public AuditEntry erased() {
        return new AuditEntry(
                tenantId, sequence, at, actor, event, requestId, Optional.empty(), personalDigest, previousHash, hash);
    }

    /** Where the log ends with this entry. */
    public AuditHead head() {
        return new AuditHead(tenantId, sequence, hash);
    }

    /** Whether it was made by the user, or one of the names stands in it: as the entity, or as one of the values. */
    public boolean concerns(UserId user, Set<String> names) {
        return actor.member().equals(Optional.of(user))
                || names.contains(event.entityId())
                || Stream.of(Optional.of(event.before()), Optional.of(event.after()), personal.map(Personal::values))
                        .flatMap(Optional::stream)
                        .flatMap(values -> values.fields().values().stream())
                        .anyMatch(value -> value instanceof String text && names.contains(text));
    }
}
