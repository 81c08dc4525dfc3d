package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;

/**
 * A person, known to the platform once, whatever tenants they belong to.
 *
 * @param email unique across the platform
 * @param active whether they may sign in; who is not holds nothing in any tenant either
 * @param onboardedAt when they were done with the product's introduction
 * @param lastLoginAt when they last signed in, to a minute; no change of the user
 * @param version counts changes; a change must name the one it was read at
 */
public record User(
        UserId id,
        Email email,
        UserProfile profile,
        boolean active,
        Optional<Instant> onboardedAt,
        Optional<Instant> lastLoginAt,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    public User {
        requireNonNull(id, "id");
        requireNonNull(email, "email");
        requireNonNull(profile, "profile");
        requireNonNull(onboardedAt, "onboardedAt");
        requireNonNull(lastLoginAt, "lastLoginAt");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    /** A new person with this profile. */
    public static User created(UserId id, Email email, UserProfile profile, Instant now) {
        return new User(id, email, profile, true, Optional.empty(), Optional.empty(), now, now, 1);
    }

    public String displayName() {
        return profile.displayName();
    }

    /** With another address and profile from now on, or as they are where both are the same. */
    public User with(Email changedEmail, UserProfile changedProfile, Instant now) {
        return changedEmail.equals(email) && changedProfile.equals(profile)
                ? this
                : changed(changedEmail, changedProfile, active, onboardedAt, now);
    }

    /** Done with the introduction, or as they are where they were before. */
    public User onboarded(Instant now) {
        return onboardedAt.isPresent() ? this : changed(email, profile, active, Optional.of(now), now);
    }

    /** Shut out, or as they are where they were already. */
    public User deactivated(Instant now) {
        return active ? changed(email, profile, false, onboardedAt, now) : this;
    }

    /** Let in again, or as they are where they never were shut out. */
    public User reactivated(Instant now) {
        return active ? this : changed(email, profile, true, onboardedAt, now);
    }

    private User changed(
            Email newEmail, UserProfile newProfile, boolean newActive, Optional<Instant> newOnboardedAt, Instant now) {
        return new User(id, newEmail, newProfile, newActive, newOnboardedAt, lastLoginAt, createdAt, now, version + 1);
    }
}
