package io.allotment.persistence.memory;

import io.allotment.domain.identity.User;
import io.allotment.domain.identity.Users;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

final class MemoryUsers implements Users {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Tables tables;

    MemoryUsers(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(User user) {
        if (find(user.id()).isPresent()) {
            throw new AlreadyExists("user", "id", user.id());
        }
        requireFree(user);
        put(user);
    }

    @Override
    public void update(User user) {
        var before = find(user.id())
                .filter(present -> present.version() == user.version() - 1)
                .orElseThrow(() -> new StaleVersion("user", user.id()));
        requireFree(user);
        tables.usersByEmail.remove(Key.of(before.email()));
        put(withLastLogin(user, before.lastLoginAt()));
    }

    private void put(User user) {
        tables.users.put(Key.of(user.id()), user);
        tables.usersByEmail.put(Key.of(user.email()), user);
    }

    private void requireFree(User user) {
        if (findByEmail(user.email())
                .filter(other -> !other.id().equals(user.id()))
                .isPresent()) {
            throw new AlreadyExists("user", "email", user.email());
        }
    }

    @Override
    public Optional<User> find(UserId id) {
        return tables.users.find(Key.of(id));
    }

    @Override
    public Optional<User> lock(UserId id) {
        return find(id);
    }

    @Override
    public Optional<User> lockToDelete(UserId id) {
        return find(id);
    }

    @Override
    public Optional<User> findByEmail(Email email) {
        return tables.usersByEmail.find(Key.of(email));
    }

    @Override
    public Map<UserId, Email> emails(Set<UserId> ids) {
        return ids.stream().flatMap(id -> find(id).stream()).collect(Collectors.toMap(User::id, User::email));
    }

    @Override
    public Page<User> list(PageRequest page) {
        return tables.users.page(Key.of(), Position.ID, page);
    }

    @Override
    public void signedIn(UserId id, Instant at) {
        find(id).filter(user -> isMinuteOld(user.lastLoginAt(), at))
                .ifPresent(user -> put(withLastLogin(user, Optional.of(at))));
    }

    static boolean isMinuteOld(Optional<Instant> last, Instant now) {
        return last.filter(time -> time.isAfter(now.minus(MINUTE))).isEmpty();
    }

    private static User withLastLogin(User user, Optional<Instant> lastLoginAt) {
        return new User(
                user.id(),
                user.email(),
                user.profile(),
                user.active(),
                user.onboardedAt(),
                lastLoginAt,
                user.createdAt(),
                user.updatedAt(),
                user.version());
    }

    @Override
    public boolean isActive(UserId id) {
        return tables.users.findAnyway(Key.of(id)).filter(User::active).isPresent();
    }

    @Override
    public List<TenantId> tenantsOf(UserId id) {
        if (find(id).isEmpty()) {
            return List.of();
        }
        return tables.memberships
                .all()
                .filter(membership -> membership.userId().equals(id))
                .map(Membership::tenantId)
                .sorted(Comparator.comparing(TenantId::toString))
                .toList();
    }
}
