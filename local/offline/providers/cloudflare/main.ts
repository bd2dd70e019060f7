import { runProvider } from "../shared/serveProvider.ts";
import { cloudflareProvider } from "./cloudflareProvider.ts";

void runProvider(cloudflareProvider);
