import { z } from "zod";

const text = z.string().optional();
const count = (min: number, max: number) => z.number().int().min(min).max(max).optional();
/** A number with an optional unit; which unit a bare number has depends on the parameter. */
const duration = z
  .string()
  .regex(/^(-?[0-9]+(?:\.[0-9]+)?)(us|ms|s|min|h|d)?$/)
  .optional();

/** The PostgreSQL parameters that the Management API lets one set, with its bounds. Kept, not applied. */
export const updateDatabaseBody = z.object({
  effective_cache_size: text,
  logical_decoding_work_mem: text,
  maintenance_work_mem: text,
  track_activity_query_size: text,
  max_connections: count(1, 262_143),
  max_locks_per_transaction: count(10, 2_147_483_640),
  max_parallel_maintenance_workers: count(0, 1024),
  max_parallel_workers: count(0, 1024),
  max_parallel_workers_per_gather: count(0, 1024),
  max_replication_slots: count(0, 262_143),
  max_slot_wal_keep_size: text,
  max_standby_archive_delay: text,
  max_standby_streaming_delay: text,
  max_wal_size: text,
  max_wal_senders: count(0, 262_143),
  max_worker_processes: count(0, 262_143),
  session_replication_role: z.enum(["origin", "replica", "local"]).optional(),
  shared_buffers: text,
  statement_timeout: duration,
  track_commit_timestamp: z.boolean().optional(),
  wal_keep_size: text,
  wal_sender_timeout: duration,
  work_mem: text,
  checkpoint_timeout: duration,
  hot_standby_feedback: z.boolean().optional(),
  /** An order, not a parameter. */
  restart_database: z.boolean().optional(),
});
