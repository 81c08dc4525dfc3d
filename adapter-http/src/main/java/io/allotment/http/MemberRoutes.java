package io.allotment.http;

import io.allotment.application.tenancy.MemberService;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Memberships;
import io.allotment.domain.tenancy.Seats;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Teams;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Who belongs to a tenant, and to which tenants somebody belongs. */
final class MemberRoutes {

    void addTo(Routes routes) {
        var member = "/tenants/{tenant}/members/{user}";
        routes.get("/tenants/{tenant}/members", this::list);
        routes.postForTenant("/tenants/{tenant}/members", this::add);
        routes.get(member, this::get);
        routes.patch(member, this::change);
        routes.delete(member, this::remove);
        routes.postForTenant(member + "/suspend", this::suspend);
        routes.postForTenant(member + "/reactivate", this::reactivate);
        routes.get(member + "/teams", this::listTeams);
        routes.get("/tenants/{tenant}/seats", this::seats);
        routes.postForTenant("/tenants/{tenant}/leave", this::leave);
        routes.postForTenant("/tenants/{tenant}/transfer-ownership", this::transferOwnership);
        routes.get("/users/{user}/tenants", this::listTenants);
        routes.put("/users/{user}/personal-tenant", this::createPersonal);
        routes.get("/me/tenants", this::listOwnTenants);
    }

    /** @param role what a plain member is where it is missing */
    record NewMember(UserId userId, String displayName, Optional<RoleKey> role) {}

    /** @param version the one it was read at, where somebody else's change in between must not be lost */
    record MemberChange(Optional<String> displayName, Optional<Document> settings, Optional<Long> version) {

        MemberService.Profile of(MemberService.Profile present) {
            return new MemberService.Profile(
                    displayName.orElse(present.displayName()), settings.orElse(present.settings()));
        }
    }

    /** @param from who gives the role up, where an operator says so */
    record Transfer(Optional<UserId> from, UserId to) {}

    record MemberView(
            UserId userId,
            String displayName,
            Membership.Status status,
            Document settings,
            Instant createdAt,
            Instant updatedAt,
            long version) {

        static MemberView of(Membership membership) {
            return new MemberView(
                    membership.userId(),
                    membership.displayName(),
                    membership.status(),
                    membership.settings(),
                    membership.createdAt(),
                    membership.updatedAt(),
                    membership.version());
        }
    }

    /** A member with who they are, as far as the caller may see that. */
    record DescribedMemberView(
            UserId userId,
            String displayName,
            Optional<Email> email,
            Membership.Status status,
            Optional<List<HeldRoleView>> roles,
            Document settings,
            Instant createdAt,
            Instant updatedAt,
            long version) {

        static DescribedMemberView of(MemberService.Described described, Instant now) {
            var membership = described.membership();
            return new DescribedMemberView(
                    membership.userId(),
                    membership.displayName(),
                    described.email(),
                    membership.status(),
                    described
                            .roles()
                            .map(roles -> roles.stream()
                                    .map(held -> HeldRoleView.of(held, now))
                                    .toList()),
                    membership.settings(),
                    membership.createdAt(),
                    membership.updatedAt(),
                    membership.version());
        }
    }

    /** @param expired whether it counts for nothing any more */
    record HeldRoleView(RoleKey role, Optional<Instant> expiresAt, boolean expired) {

        static HeldRoleView of(RoleAssignment held, Instant now) {
            return new HeldRoleView(held.role(), held.expiresAt(), !held.isValid(now));
        }
    }

    record SeatsView(long used, Optional<Long> limit) {

        static SeatsView of(Seats seats) {
            return new SeatsView(seats.used(), seats.limit());
        }
    }

    /** A tenant as its members see it from outside. */
    record PlaceView(
            TenantId tenant,
            String tenantName,
            Slug tenantSlug,
            Tenant.Status tenantStatus,
            String displayName,
            Membership.Status status,
            Instant createdAt) {

        static PlaceView of(Memberships.Place place) {
            return new PlaceView(
                    place.tenant().id(),
                    place.tenant().profile().name(),
                    place.tenant().slug(),
                    place.tenant().status(),
                    place.membership().displayName(),
                    place.membership().status(),
                    place.membership().createdAt());
        }
    }

    record TeamPlaceView(TeamId teamId, String name, TeamMembership.Role role, Instant createdAt) {

        static TeamPlaceView of(Teams.Place place) {
            return new TeamPlaceView(
                    place.team().id(),
                    place.team().name(),
                    place.membership().role(),
                    place.membership().createdAt());
        }
    }

    static UserId user(Call call) {
        return call.path("user", UserId::of);
    }

    private Reply list(Call call) {
        var now = call.allotment().clock().instant();
        return Reply.ok(Items.of(
                members(call).describe(call.tenant(), page(call)), member -> DescribedMemberView.of(member, now)));
    }

    private Reply add(Call call) {
        var body = call.body(NewMember.class);
        var member = members(call)
                .add(
                        call.tenant(),
                        body.userId(),
                        body.displayName(),
                        body.role().orElse(SystemRole.MEMBER.key()));
        return Reply.created(MemberView.of(member)).at("/tenants/" + call.tenant() + "/members/" + member.userId());
    }

    private Reply get(Call call) {
        return Reply.ok(MemberView.of(members(call).get(call.tenant(), user(call))));
    }

    private Reply change(Call call) {
        var change = call.body(MemberChange.class);
        return Reply.ok(MemberView.of(members(call).update(call.tenant(), user(call), change.version(), change::of)));
    }

    private Reply remove(Call call) {
        members(call).remove(call.tenant(), user(call));
        return Reply.noContent();
    }

    private Reply suspend(Call call) {
        call.refuseBody();
        return Reply.ok(MemberView.of(members(call).suspend(call.tenant(), user(call))));
    }

    private Reply reactivate(Call call) {
        call.refuseBody();
        return Reply.ok(MemberView.of(members(call).reactivate(call.tenant(), user(call))));
    }

    private Reply listTeams(Call call) {
        return Reply.ok(Items.of(
                call.allotment().teams().listTeamsOf(call.tenant(), user(call), page(call)), TeamPlaceView::of));
    }

    private Reply seats(Call call) {
        return Reply.ok(SeatsView.of(members(call).seats(call.tenant())));
    }

    private Reply leave(Call call) {
        call.refuseBody();
        return Reply.ok(MemberView.of(members(call).leave(call.tenant())));
    }

    private Reply transferOwnership(Call call) {
        var body = call.body(Transfer.class);
        return Reply.ok(MemberView.of(members(call).transferOwnership(call.tenant(), body.from(), body.to())));
    }

    private Reply listTenants(Call call) {
        return Reply.ok(Items.of(members(call).listTenantsOf(user(call), page(call)), PlaceView::of));
    }

    private Reply createPersonal(Call call) {
        call.refuseBody();
        return Reply.ok(TenancyRoutes.TenantView.of(call.allotment().tenants().createPersonal(user(call))));
    }

    private Reply listOwnTenants(Call call) {
        return Reply.ok(Items.of(members(call).listOwnTenants(page(call)), PlaceView::of));
    }

    private static MemberService members(Call call) {
        return call.allotment().members();
    }

    private static PageRequest page(Call call) {
        return call.query(Paging.class).page();
    }
}
