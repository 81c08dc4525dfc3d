package io.allotment.application.identity;

import io.allotment.application.access.Acting;
import io.allotment.application.access.Addresses;
import io.allotment.application.access.Owners;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.User;
import io.allotment.domain.identity.UserProfile;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** People, whatever tenants they belong to: for the platform's operator, and everybody for themselves. Thread-safe. */
public final class UserService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final SignedIn signedIn;
    private final Owners owners;

    public UserService(Persistence persistence, Ids ids, Moments moments, Acting acting, SignedIn signedIn) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.signedIn = signedIn;
        this.owners = new Owners(persistence, acting);
    }

    /** Refuses a taken e-mail address. */
    public User create(Email email, String displayName) {
        return create(email, UserProfile.of(displayName));
    }

    /** Refuses a taken e-mail address. */
    public User create(Email email, UserProfile profile) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            var user = User.created(new UserId(ids.next()), email, profile, moments.now());
            persistence.users().insert(user);
            acting.record(created(user));
            return user;
        });
    }

    /** What the platform's log has to say of a new user. */
    static AuditEvent created(User user) {
        return AuditEvent.of("user.created", "user", user.id())
                .about(Map.of("email", user.email().value(), "displayName", user.displayName()));
    }

    /** Refuses an unknown user ({@link NotFound}). */
    public User get(UserId id) {
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> require(id));
    }

    public Optional<User> findByEmail(Email email) {
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> persistence.users().findByEmail(email));
    }

    /** Oldest first. */
    public Page<User> list(PageRequest page) {
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> persistence.users().list(page));
    }

    /**
     * Changes address and profile. Refuses an unknown user, and a taken e-mail address. With another address their sessions end,
     * tokens for a new password that were mailed to the old one are worth nothing, and nobody has shown yet that the new one is
     * theirs.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     * @param email another address; empty for the same
     */
    public User update(UserId id, Optional<Long> readAt, Optional<Email> email, UnaryOperator<UserProfile> change) {
        acting.requireOperator();
        var updated = persistence.unitOfWork().forPlatform(() -> {
            var before = require(id, readAt);
            var after = saved(
                    before, before.with(email.orElse(before.email()), change.apply(before.profile()), moments.now()));
            if (!after.email().equals(before.email())) {
                forgetAddress(id);
                acting.record(Addresses.changed(id, before.email(), after.email()));
            }
            return after;
        });
        if (email.isPresent()) {
            signedIn.changed();
        }
        return updated;
    }

    /** Whoever reads the old mailbox gets in by nothing that was sent there. */
    private void forgetAddress(UserId id) {
        persistence.credentials().lock(id).map(Credential::unproven).ifPresent(persistence.credentials()::save);
        persistence.credentials().deleteResets(id);
        persistence.sessions().revokeAll(id, Optional.empty(), moments.now());
    }

    /**
     * Shuts somebody out: they do not sign in, their sessions end at once, and in no tenant do they hold anything. Nothing
     * happens to somebody who is shut out already. Refuses to shut out the last owner of a tenant of several.
     */
    public User deactivate(UserId id) {
        return deactivate(id, Set.of());
    }

    /**
     * The same, where some tenants may be left without an owner.
     *
     * @param leavingWithoutOwner these
     */
    public User deactivate(UserId id, Set<TenantId> leavingWithoutOwner) {
        acting.requireOperator();
        return changingRights(
                id,
                user -> user.deactivated(moments.now()),
                tenant -> {
                    if (!leavingWithoutOwner.contains(tenant)) {
                        owners.requireAnother(tenant, id);
                    }
                },
                "user.deactivated");
    }

    /** Lets somebody in again, as what they were. Nothing happens to somebody who was not shut out. */
    public User reactivate(UserId id) {
        acting.requireOperator();
        return changingRights(id, user -> user.reactivated(moments.now()), tenant -> {}, "user.reactivated");
    }

    /** @param allowed refuses the change where one of the user's tenants does not allow it */
    private User changingRights(UserId id, UnaryOperator<User> change, Consumer<TenantId> allowed, String action) {
        var changed = acting.changingCatalogue(() -> {
            // In the order of their ids, as everybody locks more than one.
            var tenants = persistence.users().tenantsOf(id);
            tenants.forEach(persistence.tenants()::lockRights);
            var before = require(id);
            var after = change.apply(before);
            if (after.version() != before.version()) {
                tenants.forEach(allowed);
                persistence.users().update(after);
                persistence.sessions().revokeAll(id, Optional.empty(), moments.now());
                acting.record(AuditEvent.of(action, "user", id));
            }
            return after;
        });
        signedIn.changed();
        return changed;
    }

    /** Who called; refuses who is not somebody that signed in. */
    public User me() {
        var id = SessionService.requireUser(acting);
        return persistence.unitOfWork().forPlatform(() -> require(id));
    }

    /**
     * Changes one's own profile.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public User updateMe(Optional<Long> readAt, UnaryOperator<UserProfile> change) {
        var id = SessionService.requireUser(acting);
        return persistence.unitOfWork().forPlatform(() -> {
            var before = require(id, readAt);
            return saved(before, before.with(before.email(), change.apply(before.profile()), moments.now()));
        });
    }

    /** Notes that one is done with the product's introduction. Nothing happens to somebody who was before. */
    public User onboardMe() {
        var id = SessionService.requireUser(acting);
        return persistence.unitOfWork().forPlatform(() -> {
            var before = require(id);
            return saved(before, before.onboarded(moments.now()));
        });
    }

    private User require(UserId id) {
        return persistence.users().find(id).orElseThrow(() -> new NotFound("user", id));
    }

    private User require(UserId id, Optional<Long> readAt) {
        var user = require(id);
        if (readAt.isPresent() && readAt.get() != user.version()) {
            throw new StaleVersion("user", id);
        }
        return user;
    }

    private User saved(User before, User after) {
        if (after.version() != before.version()) {
            persistence.users().update(after);
        }
        return after;
    }
}
