"""titiler-openeo, a real openEO 1.2 back-end, with what it lacks around it: batch jobs, and processes named by their URL.

A job runs its process graph by the back-end's own synchronous processing. Jobs live in memory, their files in SWATH_OPENEO_JOBS.
Everybody is let in: the server listens on this machine only. SWATH_OPENEO_URL is its base URL, SWATH_OPENEO_DELAY the seconds that a job
waits before it computes, so that it is seen running.
"""

import hashlib
import hmac
import json
import os
import secrets
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

from fastapi import APIRouter, Body, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette_cramjam.middleware import CompressionMiddleware
from titiler.openeo.auth import User
from titiler.openeo.errors import OpenEOException
from titiler.openeo.main import app
from titiler.openeo.models import openapi

BASE = os.environ['SWATH_OPENEO_URL']
FILES = Path(os.environ['SWATH_OPENEO_JOBS'])
DELAY = float(os.environ.get('SWATH_OPENEO_DELAY', '0'))
DEFINITIONS = Path(__file__).parent
SECRET = secrets.token_bytes(32)
SUFFIXES = {'image/tiff': 'tif', 'image/png': 'png', 'image/jpeg': 'jpg', 'application/json': 'json'}
LEVELS = ['error', 'warning', 'info', 'debug']
UNFINISHED = ('queued', 'running')

EVERYBODY = User(user_id='everybody')
backend = app.endpoints
compute = next(route.endpoint for route in backend.router.routes if getattr(route, 'path', '') == '/result')
app.dependency_overrides[backend.auth.validate] = lambda: EVERYBODY

router = APIRouter(tags=['Batch Jobs'])
workers = ThreadPoolExecutor(2)
lock = threading.Lock()
jobs = {}


def now():
    return datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


class Job:
    """A batch job. `stopped` ends its waiting; what is being computed runs to its end and is thrown away."""

    def __init__(self, body, process):
        self.id = f'j-{uuid.uuid4().hex}'
        self.about = {key: body[key] for key in ('title', 'description', 'plan', 'budget') if body.get(key) is not None}
        self.process = process
        self.status = 'created'
        self.created = self.updated = now()
        self.logs = []
        self.result = None
        self.stopped = threading.Event()

    def go(self, status, *only_from):
        """To another status, if it is in one of these; whether it was."""
        with lock:
            if self.status not in only_from:
                return False
            self.status, self.updated = status, now()
            return True

    def log(self, level, message):
        self.logs.append({'id': str(len(self.logs) + 1), 'level': level, 'message': message, 'time': now()})

    def view(self):
        times = {'created': self.created, 'updated': self.updated}
        return {'id': self.id, **self.about, 'status': self.status, **times}

    def signature(self):
        return hmac.new(SECRET, self.id.encode(), hashlib.sha256).hexdigest()

    def run(self):
        if not self.go('running', 'queued'):
            return
        self.log('info', 'The job runs.')
        if self.stopped.wait(DELAY):
            return
        try:
            request = openapi.ResultRequest.model_validate({'process': self.process})
            answer = compute(SimpleNamespace(query_params={}), request, EVERYBODY)
        except Exception as error:  # whatever a process raises is the job's error
            self.log('error', str(error) or repr(error))
            self.go('error', 'running')
            return
        folder = FILES / self.id
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f'result.{SUFFIXES.get(answer.media_type, "bin")}'
        path.write_bytes(answer.body)
        self.result = path, answer.media_type
        self.log('info', f'{len(answer.body)} bytes of {answer.media_type}.')
        self.go('finished', 'running')


def known(job_id):
    job = jobs.get(job_id)
    if job is None:
        raise OpenEOException('There is no such job.', 'JobNotFound', 404)
    return job


def resolved(graph):
    """The graph with processes named by their URL (remote process definition) made known to the back-end. It reads its own URLs only."""
    plain = {}
    for key, node in graph.items():
        node = dict(node)
        url = node.pop('namespace', None)
        if url is not None:
            name = url.removeprefix(f'{BASE}/definitions/')
            if name not in available():
                raise OpenEOException(f'There is no process definition at {url}.', 'ProcessNamespaceInvalid')
            process = json.loads((DEFINITIONS / name).read_text())
            backend.udp_store.upsert_udp(
                user_id=EVERYBODY.user_id,
                udp_id=process['id'],
                process_graph=process['process_graph'],
                parameters=process['parameters'],
            )
            # The back-end knows no defaults of parameters.
            defaults = {one['name']: one['default'] for one in process['parameters'] if 'default' in one}
            node['arguments'] = {**defaults, **node.get('arguments', {})}
        plain[key] = node
    return plain


def available():
    return {path.name for path in DEFINITIONS.glob('*.json')}


@router.get('/definitions/{name}', include_in_schema=False)
def definition(name: str):
    if name not in available():
        raise OpenEOException('There is no such definition.', 'NotFound', 404)
    return JSONResponse(json.loads((DEFINITIONS / name).read_text()))


@router.post('/jobs')
def create(body: dict = Body()):
    process = body.get('process') or {}
    if not isinstance(process.get('process_graph'), dict):
        raise OpenEOException('A job needs a process with a process_graph.', 'ProcessGraphMissing')
    job = Job(body, {**process, 'process_graph': resolved(process['process_graph'])})
    jobs[job.id] = job
    return Response(status_code=201, headers={'Location': f'{BASE}/jobs/{job.id}', 'OpenEO-Identifier': job.id})


@router.get('/jobs')
def listing(limit: int | None = None, after: str | None = None):
    newest = list(reversed(list(jobs.values())))
    begin = next((index + 1 for index, job in enumerate(newest) if job.id == after), 0)
    page = newest[begin : begin + limit] if limit else newest[begin:]
    links = []
    if limit and begin + limit < len(newest):
        links = [{'rel': 'next', 'href': f'{BASE}/jobs?limit={limit}&after={page[-1].id}'}]
    return {'jobs': [job.view() for job in page], 'links': links}


@router.get('/jobs/{job_id}')
def describe(job_id: str):
    job = known(job_id)
    return {**job.view(), 'process': job.process}


@router.delete('/jobs/{job_id}')
def delete(job_id: str):
    cancel(job_id)
    jobs.pop(job_id, None)
    return Response(status_code=204)


@router.post('/jobs/{job_id}/results')
def start(job_id: str):
    job = known(job_id)
    if job.go('queued', 'created', 'finished', 'canceled', 'error'):
        job.stopped.clear()
        workers.submit(job.run)
    return Response(status_code=202)


@router.delete('/jobs/{job_id}/results')
def cancel(job_id: str):
    job = known(job_id)
    if job.go('canceled', *UNFINISHED):
        job.stopped.set()
    return Response(status_code=204)


@router.get('/jobs/{job_id}/results')
def results(job_id: str):
    job = known(job_id)
    if job.status == 'error':
        raise OpenEOException(job.logs[-1]['message'], 'Internal', 424)
    if job.status != 'finished':
        raise OpenEOException('The job has not finished.', 'JobNotFinished')
    path, media_type = job.result
    here = f'{BASE}/jobs/{job.id}/results'
    return {
        'type': 'Feature',
        'stac_version': '1.0.0',
        'stac_extensions': [],
        'id': job.id,
        'geometry': None,
        'properties': {'datetime': job.updated, 'created': job.created, 'updated': job.updated},
        'links': [{'rel': 'self', 'href': here, 'type': 'application/geo+json'}],
        'assets': {path.name: {'href': f'{here}/{job.signature()}/{path.name}', 'type': media_type, 'roles': ['data']}},
    }


@router.api_route('/jobs/{job_id}/results/{signature}/{name}', methods=['GET', 'HEAD'], include_in_schema=False)
def asset(job_id: str, signature: str, name: str):
    job = known(job_id)
    if not hmac.compare_digest(signature, job.signature()) or job.result is None or job.result[0].name != name:
        raise OpenEOException('There is no such file.', 'FileNotFound', 404)
    path, media_type = job.result
    return FileResponse(path, media_type=media_type)


@router.get('/jobs/{job_id}/logs')
def logs(job_id: str, level: str = 'debug'):
    entries = [entry for entry in known(job_id).logs if LEVELS.index(entry['level']) <= LEVELS.index(level)]
    return {'level': level, 'logs': entries, 'links': []}


app.include_router(router)
# The capabilities list the routes of this router.
backend.router.routes.extend(route for route in router.routes if route.include_in_schema)
# Its compression answers HEAD with the length of an empty stream, and clients that ask for the length first get files of 20 bytes.
app.user_middleware = [one for one in app.user_middleware if one.cls is not CompressionMiddleware]
