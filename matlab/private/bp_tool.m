function words = bp_tool()
%BP_TOOL  The words that start beamprecoding, a cell array.
%   The file that the environment variable BEAMPRECODING names, else beamprecoding on PATH, else that of the
%   clone this folder is part of. A .dll is started with dotnet.

named = getenv('BEAMPRECODING');
if ~isempty(named)
    if exist(named, 'file') ~= 2
        error('beamprecoding:tool', 'The environment variable BEAMPRECODING is ''%s'', which is no file; set it to the path of beamprecoding, or clear it.', named);
    end
    words = start_of(named);
    return
end

root = fileparts(fileparts(fileparts(mfilename('fullpath'))));
built = fullfile(root, 'src', 'Precoding.Cli', 'bin', 'Release', 'net10.0');
folders = strsplit(getenv('PATH'), pathsep);
folders = folders(~cellfun('isempty', folders));
if ispc
    places = [strcat(folders, filesep, 'beamprecoding.exe'), {fullfile(built, 'beamprecoding.dll')}];
else
    places = [strcat(folders, filesep, 'beamprecoding'), {fullfile(root, 'beamprecoding')}];
end
for i = 1:numel(places)
    if exist(places{i}, 'file') == 2
        words = start_of(places{i});
        return
    end
end
error('beamprecoding:tool', ['The tool beamprecoding was not found: the environment variable BEAMPRECODING is not set, no folder of PATH has it, ' ...
    'and ''%s'' does not exist. Set it: setenv(''BEAMPRECODING'', ''/path/to/beamprecoding'').'], places{end});
end

function words = start_of(path)
[folder, name, extension] = fileparts(path); %#ok<ASGLU>
if strcmpi(extension, '.dll')
    words = {'dotnet', path};
else
    words = {path};
end
end
