@rem Stands in for the `exec` of a POSIX shell, which cmd.exe lacks, in the scripts of package.json.
@%*
