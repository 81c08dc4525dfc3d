/** The HTTP adapter; {@link io.allotment.http.HttpApi} is all there is to see of it. */
package io.allotment.http;
