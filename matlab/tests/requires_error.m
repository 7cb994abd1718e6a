function message = requires_error(identifier, action)
%REQUIRES_ERROR  Run action, which must raise an error of this identifier; its message.

message = '';
try
    action();
catch problem
    assert(strcmp(problem.identifier, identifier), '%s expected, but it was %s: %s', identifier, problem.identifier, problem.message);
    message = problem.message;
end
assert(~isempty(message), '%s expected, but nothing was raised', identifier);
end
