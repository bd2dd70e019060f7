import { runProvider } from "../shared/serveProvider.ts";
import { supabaseProvider } from "./supabaseProvider.ts";

void runProvider(supabaseProvider);
