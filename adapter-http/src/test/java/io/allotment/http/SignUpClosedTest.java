package io.allotment.http;

import io.allotment.application.tenancy.InvitationService.Wanted;
import org.junit.jupiter.api.Test;

/** Where nobody becomes a user by themselves. */
class SignUpClosedTest extends HttpTest {

    @Override
    boolean signUpOpen() {
        return false;
    }

    @Test
    void nobody_signs_up_but_by_an_invitation_for_their_address() {
        var tenant = given.tenant();
        var token = allotment
                .invitations()
                .invite(tenant.id(), Wanted.of("ada@example.org", "member"))
                .token();

        signUp("ada@example.org", "").isProblem(403, "sign-up-closed", null);
        signUp("eve@example.org", ", \"invitation\": \"" + token + "\"").isProblem(403, "sign-up-closed", null);
        signUp("ada@example.org", ", \"invitation\": \"" + token + "x\"").isProblem(403, "sign-up-closed", null);

        signUp("ada@example.org", ", \"invitation\": \"" + token + "\"").is(201);
    }

    private Client.Answer signUp(String email, String more) {
        return api.open("/v1/sign-up", """
                {"email": "%s", "password": "%s", "displayName": "Ada"%s}""".formatted(email, "analytical engine", more));
    }
}
