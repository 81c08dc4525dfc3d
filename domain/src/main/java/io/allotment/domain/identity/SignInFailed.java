package io.allotment.domain.identity;

import io.allotment.domain.shared.Refusal;

/** Who wants to sign in did not show who they are. Why is not said: it would tell who has an account. */
public final class SignInFailed extends Refusal {

    private SignInFailed(String message) {
        super(Kind.UNAUTHENTICATED, "sign-in-failed", null, message);
    }

    public static SignInFailed password() {
        return new SignInFailed("The e-mail address or the password is wrong.");
    }

    public static SignInFailed token() {
        return new SignInFailed("The token is not one of an issuer that is trusted here, or not valid any more.");
    }
}
