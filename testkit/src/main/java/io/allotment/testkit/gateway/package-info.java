/**
 * What every gateway promises, as suites of tests: {@link io.allotment.testkit.gateway.PaymentGatewayContract} of whoever takes money, {@link
 * io.allotment.testkit.gateway.BillingGatewayContract} of who bills by itself, and {@link io.allotment.testkit.gateway.DeliveriesContract} of what such a one posts, for those
 * that speak to a double and have no life of their own.
 */
package io.allotment.testkit.gateway;
