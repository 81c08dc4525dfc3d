/** Runs what is due from time to time, once for all servers of a database: {@link io.allotment.jobs.Jobs}. */
package io.allotment.jobs;
