function identifier = bp_identifier(code)
%BP_IDENTIFIER  Error identifier of an exit code of the tool; beamprecoding:tool where it did not run.

codes = [1 2 3 4 130];
kinds = {'solver', 'usage', 'input', 'device', 'interrupted'};
kind = kinds(codes == code);
if isempty(kind)
    kind = {'tool'};
end
identifier = ['beamprecoding:' kind{1}];
end
