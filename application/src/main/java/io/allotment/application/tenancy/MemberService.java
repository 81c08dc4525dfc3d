package io.allotment.application.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.MemberSuspended;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Memberships;
import io.allotment.domain.tenancy.Seats;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Who belongs to a tenant. All methods refuse a tenant that is not there or not the caller's ({@link NotFound}). Who manages
 * a member holds all that the member holds; owners are managed by owners. What changes members runs one after the other in a
 * tenant, so that a last owner stays and seats are never taken twice. Thread-safe.
 */
public final class MemberService {

    private final Persistence persistence;
    private final Moments moments;
    private final Acting acting;
    private final Holdings holdings;
    private final Joining joining;

    public MemberService(Persistence persistence, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
        this.holdings = new Holdings(persistence, acting);
        this.joining = new Joining(persistence);
    }

    /** What is said about a member, by themselves or by who manages members. */
    public record Profile(String displayName, Document settings) {
        public Profile {
            requireNonNull(displayName, "displayName");
            requireNonNull(settings, "settings");
        }
    }

    /**
     * A member, with who they are.
     *
     * @param email empty where the caller may not see it
     * @param roles expired ones too, by key; empty where the caller may not see them
     */
    public record Described(Membership membership, Optional<Email> email, Optional<List<RoleAssignment>> roles) {
        public Described {
            requireNonNull(membership, "membership");
            requireNonNull(email, "email");
            roles = roles.map(List::copyOf);
        }
    }

    /**
     * Makes a user a member without their being asked: for operators, everybody else invites. Refuses a user who does not exist
     * or is a member already, a tenant whose seats are taken, and a role that is not there.
     *
     * @param displayName what the tenant calls them
     */
    public Membership add(TenantId tenant, UserId user, String displayName, RoleKey role) {
        acting.requireOperator(tenant);
        return acting.changingRights(tenant, () -> {
            var membership = Membership.joined(tenant, user, displayName, moments.now());
            joining.join(membership, role, Optional.empty());
            acting.record(
                    tenant,
                    AuditEvent.of("member.added", "member", user)
                            .to(Map.of("role", role.value()))
                            .about(Map.of("displayName", membership.displayName())));
            return membership;
        });
    }

    /** Everybody may see themselves. */
    public Membership get(TenantId tenant, UserId user) {
        requireSelfOr(Right.MEMBER_READ, tenant, user);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return member(tenant, user);
        });
    }

    public Page<Membership> list(TenantId tenant, PageRequest page) {
        acting.require(tenant, Right.MEMBER_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return persistence.memberships().list(tenant, page);
        });
    }

    /**
     * The same, with who they are: in as many statements for many as for one. Roles are for who holds {@code role:read},
     * addresses for who holds {@code member:manage}; everybody sees their own. Opens a unit of work of the tenant's and
     * then one of the platform's, so it cannot be part of another.
     */
    public Page<Described> describe(TenantId tenant, PageRequest page) {
        acting.require(tenant, Right.MEMBER_READ);
        var rolesSeen = seen(acting.holds(tenant, Right.ROLE_READ.key()));
        var addressesSeen = seen(acting.caller().readsAll() || acting.holds(tenant, Right.MEMBER_MANAGE.key()));
        var units = persistence.unitOfWork();
        var listed = units.forTenant(tenant, () -> {
            requireTenant(tenant);
            var members = persistence.memberships().list(tenant, page);
            return new Listed(members, persistence.roles().of(tenant, users(members, rolesSeen)));
        });
        var addressees = users(listed.members(), addressesSeen);
        var addresses = units.forPlatform(() -> persistence.users().emails(addressees));
        return listed.members().map(member -> {
            var user = member.userId();
            var roles = listed.roles().getOrDefault(user, List.of());
            return new Described(
                    member,
                    Optional.ofNullable(addresses.get(user)),
                    rolesSeen.test(user) ? Optional.of(roles) : Optional.empty());
        });
    }

    private record Listed(Page<Membership> members, Map<UserId, List<RoleAssignment>> roles) {}

    /** Whom of the members the caller sees more of. */
    private Predicate<UserId> seen(boolean all) {
        return user -> all || People.is(acting, user);
    }

    private static Set<UserId> users(Page<Membership> members, Predicate<UserId> which) {
        return members.items().stream().map(Membership::userId).filter(which).collect(Collectors.toSet());
    }
    /** How many seats are taken, of how many. */
    public Seats seats(TenantId tenant) {
        acting.require(tenant, Right.MEMBER_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            return joining.seats(tenant);
        });
    }

    /**
     * Changes a member's name and settings: one's own everybody may. Nothing happens where they are the same.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public Membership update(TenantId tenant, UserId user, Optional<Long> readAt, UnaryOperator<Profile> change) {
        requireSelfOr(Right.MEMBER_MANAGE, tenant, user);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            var now = moments.now();
            var before = member(tenant, user);
            holdings.requireMayManage(tenant, user, now);
            if (readAt.isPresent() && readAt.get() != before.version()) {
                throw new StaleVersion("member", user);
            }
            var profile = change.apply(new Profile(before.displayName(), before.settings()));
            var after = before.with(profile.displayName(), profile.settings(), now);
            if (after.version() == before.version()) {
                return before;
            }
            persistence.memberships().update(after);
            acting.record(
                    tenant,
                    AuditEvent.of("member.updated", "member", user)
                            .from(Map.of("version", before.version()))
                            .to(Map.of("version", after.version()))
                            .about(Map.of(
                                    "displayNameBefore", before.displayName(),
                                    "displayName", after.displayName())));
            return after;
        });
    }

    /** A suspended member keeps their place and roles, takes no seat, and may nothing. Nothing happens to a suspended one. */
    public Membership suspend(TenantId tenant, UserId user) {
        return acting.changingRights(tenant, Right.MEMBER_MANAGE, () -> {
            var now = moments.now();
            var before = member(tenant, user);
            holdings.requireMayManage(tenant, user, now);
            holdings.requireNotLastOwner(before);
            return saved(before, before.suspended(now), "member.suspended");
        });
    }

    /** Ends a suspension; refuses where all seats are taken. Nothing happens to an active member. */
    public Membership reactivate(TenantId tenant, UserId user) {
        return acting.changingRights(tenant, Right.MEMBER_MANAGE, () -> {
            var now = moments.now();
            var before = member(tenant, user);
            holdings.requireMayManage(tenant, user, now);
            if (!before.isActive()) {
                joining.seats(tenant).requireFree();
            }
            return saved(before, before.reactivated(now), "member.reactivated");
        });
    }

    /** With the member's roles, places in teams and own keys. Their account and what they did stay. */
    public void remove(TenantId tenant, UserId user) {
        acting.changingRights(tenant, Right.MEMBER_MANAGE, () -> {
            holdings.requireMayManage(tenant, user, moments.now());
            return removed(tenant, user, "member.removed");
        });
    }

    /** Ends one's own membership, and gives it as it was. */
    public Membership leave(TenantId tenant) {
        var person = People.require(acting);
        acting.requireMember(tenant);
        return acting.changingRights(tenant, () -> removed(tenant, person, "member.left"));
    }

    /**
     * Makes another active member owner, without an end, and takes the role from who had it, in one step. Who has no other role
     * then is a plain member. For an owner who hands over, and for operators.
     *
     * @param from who gives the role up: the caller where they are no operator; an operator may leave it empty, so that nobody
     *     does
     */
    public Membership transferOwnership(TenantId tenant, Optional<UserId> from, UserId to) {
        acting.requireMember(tenant);
        return acting.changingRights(tenant, () -> {
            var now = moments.now();
            holdings.requireLastingOwner(tenant, now);
            var giver = giver(from);
            var taker = persistence.memberships().find(tenant, to).orElseThrow(() -> new Unknown("member", "to", to));
            if (!taker.isActive()) {
                throw new MemberSuspended(to);
            }
            if (giver.filter(to::equals).isPresent()) {
                throw new InvalidValue("to", "must be somebody else than who gives ownership up");
            }
            assign(tenant, to, SystemRole.OWNER, now);
            giver.ifPresent(user -> takeOwnership(tenant, user, now));
            acting.record(
                    tenant,
                    AuditEvent.of("tenant.ownership-transferred", "tenant", tenant)
                            .from(giver.<Map<String, Object>>map(user -> Map.of("owner", user.toString()))
                                    .orElse(Map.of()))
                            .to(Map.of("owner", to.toString())));
            return taker;
        });
    }

    private Optional<UserId> giver(Optional<UserId> from) {
        if (acting.caller().isOperator()) {
            return from;
        }
        var person = People.require(acting);
        if (from.isPresent() && !from.get().equals(person)) {
            throw Forbidden.because("owner-only", "Owners give up their own ownership alone.");
        }
        return Optional.of(person);
    }

    private void takeOwnership(TenantId tenant, UserId user, Instant now) {
        if (!persistence.roles().unassign(tenant, user, SystemRole.OWNER.key())) {
            throw new InvalidValue("from", "is no owner of the tenant");
        }
        if (holdings.roles(tenant, user, now).isEmpty()) {
            assign(tenant, user, SystemRole.MEMBER, now);
        }
    }

    private void assign(TenantId tenant, UserId user, SystemRole role, Instant now) {
        persistence
                .roles()
                .assign(new RoleAssignment(tenant, user, role.key(), People.giver(acting), now, Optional.empty()));
    }

    /** Where somebody belongs, by tenant, those too in which they are suspended: for themselves, and for operators. */
    public Page<Memberships.Place> listTenantsOf(UserId user, PageRequest page) {
        if (!People.is(acting, user)) {
            acting.requireReadsAll();
        }
        return persistence.unitOfWork().forPlatform(() -> {
            if (persistence.users().find(user).isEmpty()) {
                throw new NotFound("user", user);
            }
            return persistence.memberships().listPlaces(user, page);
        });
    }

    /** The caller's own. */
    public Page<Memberships.Place> listOwnTenants(PageRequest page) {
        return listTenantsOf(People.require(acting), page);
    }

    private void requireSelfOr(Right right, TenantId tenant, UserId user) {
        if (People.is(acting, user)) {
            acting.requireMember(tenant);
        } else {
            acting.require(tenant, right);
        }
    }

    private Membership saved(Membership before, Membership after, String action) {
        if (after.version() != before.version()) {
            persistence.memberships().update(after);
            acting.record(
                    after.tenantId(),
                    AuditEvent.of(action, "member", after.userId())
                            .from(Map.of("status", before.status().name()))
                            .to(Map.of("status", after.status().name())));
        }
        return after;
    }

    private Membership removed(TenantId tenant, UserId user, String action) {
        var membership = member(tenant, user);
        holdings.requireNotLastOwner(membership);
        var roles = holdings.roles(tenant, user, moments.now()).stream()
                .map(RoleKey::value)
                .sorted()
                .toList();
        persistence.memberships().remove(tenant, user);
        acting.record(
                tenant,
                AuditEvent.of(action, "member", user)
                        .from(Map.of(
                                "roles", roles, "status", membership.status().name()))
                        .about(Map.of("displayName", membership.displayName())));
        return membership;
    }

    private Membership member(TenantId tenant, UserId user) {
        return persistence.memberships().find(tenant, user).orElseThrow(() -> new NotFound("member", user));
    }

    private void requireTenant(TenantId id) {
        if (persistence.tenants().find(id).isEmpty()) {
            throw new NotFound("tenant", id);
        }
    }
}
