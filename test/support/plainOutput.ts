/**
 * Tests read the output of commands as text: a machine that asks for colours in its environment (CI systems do)
 * would put escape sequences in between. Runs in each test process before its file; the processes that tests start
 * inherit it.
 */
delete process.env.FORCE_COLOR;
process.env.NO_COLOR = "1";
