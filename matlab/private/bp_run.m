function [code, text, message] = bp_run(arguments, directory)
%BP_RUN  Run the tool.
%   [code, text, message] = BP_RUN(arguments, directory): exit code, standard output, and what it says of
%   errors; arguments is a cell array of words, directory takes what it prints. Exit codes that leave nothing
%   to read (usage, input, device, no tool) are raised here, by BP_RAISE.

out = fullfile(directory, 'out.txt');
err = fullfile(directory, 'err.txt');
words = cellfun(@quoted, [bp_tool(), arguments], 'UniformOutput', false);
command = [strjoin(words, ' ') ' > ' quoted(out) ' 2> ' quoted(err)];
if ispc
    command = ['cd . && ' command]; % cmd /c strips the outer quotes of a line that begins with one
end
[code, shell] = system(command);
text = read(out);
message = read(err);
if isempty(message)
    message = shell;
end
message = strtrim(regexprep(message, {'^beamprecoding: building, once\s*', '(^|\n)beamprecoding: '}, {'', '$1'}));
if ~any(code == [0 1 130])
    bp_raise(code, message);
end
end

function word = quoted(word)
if ispc
    if any(word == '"')
        error('beamprecoding:usage', 'The argument %s has a quotation mark, which cannot be passed on.', word);
    end
    word = ['"' regexprep(word, '(\\+)$', '$1$1') '"']; % a backslash before the closing quote would escape it
else
    word = ['''' strrep(word, '''', '''\''''') ''''];
end
end

function text = read(path)
text = '';
file = fopen(path, 'r', 'n', 'UTF-8');
if file >= 0
    text = fread(file, [1 Inf], '*char');
    fclose(file);
end
end
