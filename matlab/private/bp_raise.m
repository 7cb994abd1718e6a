function bp_raise(code, message)
%BP_RAISE  The tool's message as an error, its identifier by exit code.

error(bp_identifier(code), '%s', message);
end
