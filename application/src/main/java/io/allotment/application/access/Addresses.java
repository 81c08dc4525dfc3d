package io.allotment.application.access;

import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.identity.Person;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which addresses somebody had: the platform's audit log tells it, until its personal values are erased. */
public final class Addresses {

    private static final String CHANGED = "user.address-changed";
    private static final String BEFORE = "before";
    private static final String AFTER = "after";

    private final Persistence persistence;

    public Addresses(Persistence persistence) {
        this.persistence = persistence;
    }

    /** What is recorded when a user gets another address. */
    public static AuditEvent changed(UserId user, Email before, Email after) {
        return AuditEvent.of(CHANGED, "user", user).about(Map.of(BEFORE, before.value(), AFTER, after.value()));
    }

    /**
     * The user with their present address and all earlier ones, but for those that are somebody else's today: what stands under
     * these is the other's. In the platform's unit of work.
     */
    public Person of(UserId user) {
        var addresses = new HashSet<Email>();
        var page = Optional.of(PageRequest.first(PageRequest.MAX_LIMIT));
        while (page.isPresent()) {
            var entries = persistence.audit().list(Optional.empty(), changesOf(user), page.get());
            entries.items().forEach(entry -> addresses.addAll(named(entry)));
            page = entries.next().map(after -> new PageRequest(PageRequest.MAX_LIMIT, Optional.of(after)));
        }
        addresses.removeIf(address -> isOfAnother(address, user));
        persistence.users().find(user).map(User::email).ifPresent(addresses::add);
        return new Person(user, addresses);
    }

    private static AuditFilter changesOf(UserId user) {
        return new AuditFilter(
                TimeRange.ALL,
                Optional.empty(),
                Optional.empty(),
                Optional.of(CHANGED),
                Optional.of("user"),
                Optional.of(user.toString()));
    }

    private static Set<Email> named(AuditEntry entry) {
        var named = new HashSet<Email>();
        entry.personal().map(personal -> personal.values().fields()).ifPresent(values -> {
            for (var name : Set.of(BEFORE, AFTER)) {
                if (values.get(name) instanceof String address) {
                    named.add(new Email(address));
                }
            }
        });
        return named;
    }

    private boolean isOfAnother(Email address, UserId user) {
        return persistence
                .users()
                .findByEmail(address)
                .filter(bearer -> !bearer.id().equals(user))
                .isPresent();
    }
}
