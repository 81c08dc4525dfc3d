package io.allotment.domain.access;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import java.util.List;

/** Port: who has a role on the platform. In the platform's unit of work. */
public interface PlatformRoles {

    /** Gives the role, new, or with another giver and end. Refuses a user who does not exist ({@code Unknown}). */
    void assign(PlatformAssignment assignment);

    /** False where the user does not have it. */
    boolean unassign(UserId user, PlatformRole role);

    /** All of a user's, expired ones too. */
    List<PlatformAssignment> of(UserId user);

    /** By user, then role. */
    Page<PlatformAssignment> list(PageRequest page);
}
