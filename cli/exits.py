"""What the command's exit status says."""

OK = 0
FAILED = 1  # the job, or a check, did not succeed; the reason was printed
USAGE = 2  # the command or its input is wrong
UNREACHABLE = 3  # the server, or a service that it leans on, does not answer
INTERRUPTED = 130  # Ctrl-C
