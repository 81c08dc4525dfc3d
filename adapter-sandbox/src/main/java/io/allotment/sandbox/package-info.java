/** A gateway that bills like a real one and takes no money: {@link io.allotment.sandbox.SandboxPayments}. */
package io.allotment.sandbox;
