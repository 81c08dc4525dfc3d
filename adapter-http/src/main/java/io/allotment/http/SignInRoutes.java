package io.allotment.http;

import io.allotment.application.identity.SessionService.Issued;
import io.allotment.domain.shared.Email;
import io.allotment.http.IdentityRoutes.UserView;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The way in: open to everybody who reaches the server. */
final class SignInRoutes {

    /** What needs no bearer. */
    static final List<String> OPEN =
            List.of("/sign-up", "/sign-in/password", "/sign-in/token", "/password-resets", "/password-resets/confirm");

    void addTo(Routes routes) {
        routes.post("/sign-up", this::signUp);
        routes.post("/sign-in/password", this::byPassword);
        routes.post("/sign-in/token", this::byToken);
        routes.post("/password-resets", this::requestReset);
        routes.post("/password-resets/confirm", this::confirmReset);
    }

    record NewSignUp(Email email, String password, String displayName, Optional<String> invitation) {

        /** Without the password. */
        @Override
        public String toString() {
            return "NewSignUp[…]";
        }
    }

    record PasswordSignIn(Email email, String password) {

        /** Without the password. */
        @Override
        public String toString() {
            return "PasswordSignIn[…]";
        }
    }

    record TokenSignIn(String token) {

        /** Without the token. */
        @Override
        public String toString() {
            return "TokenSignIn[…]";
        }
    }

    record NewReset(Email email) {}

    record ResetConfirmation(String token, String password) {

        /** Without token and password. */
        @Override
        public String toString() {
            return "ResetConfirmation[…]";
        }
    }

    /** @param token told this once */
    record SignedInView(String token, Instant expiresAt, UserView user) {

        static SignedInView of(Issued issued) {
            return new SignedInView(issued.token(), issued.session().expiresAt(), UserView.of(issued.user()));
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "SignedInView[…]";
        }
    }

    private Reply signUp(Call call) {
        var body = call.body(NewSignUp.class);
        return Reply.created(SignedInView.of(call.allotment()
                .signIn()
                .signUp(body.email(), body.password(), body.displayName(), body.invitation())));
    }

    private Reply byPassword(Call call) {
        var body = call.body(PasswordSignIn.class);
        return Reply.ok(SignedInView.of(call.allotment().signIn().byPassword(body.email(), body.password())));
    }

    private Reply byToken(Call call) {
        return Reply.ok(SignedInView.of(
                call.allotment().signIn().byToken(call.body(TokenSignIn.class).token())));
    }

    private Reply requestReset(Call call) {
        call.allotment().passwords().requestReset(call.body(NewReset.class).email());
        return Reply.accepted();
    }

    private Reply confirmReset(Call call) {
        var body = call.body(ResetConfirmation.class);
        call.allotment().passwords().confirmReset(body.token(), body.password());
        return Reply.noContent();
    }
}
